/**
 * No proxy of ours: a copy whose health answer is not good gets nothing from whatever is in front.
 *
 * A POST on the copy's own host makes it answer so, another one ends that, and so does a restart. Nobody can ask what
 * is in front, so its word is time: it has noticed when the answer was the same for `detectSeconds`. This process
 * remembers since when; one that begins anew waits the whole time once more before it calls a copy out.
 *
 * There is one side, blue; nothing can be cut; and a copy that is out does not come back by itself after a time, only
 * by its restart.
 */
import { setTimeout as sleep } from "node:timers/promises";

import type { Target } from "../../core/service.ts";
import { membersOf } from "../../core/members.ts";
import {
  memberName,
  type HealthTraffic,
  type Member,
  type MemberName,
  type MemberState,
  type TrafficState,
} from "../../core/traffic.ts";
import type { Hosts } from "../../ports/hosts.ts";
import {
  ProxyFailed,
  type ChangeOptions,
  type TrafficChange,
  type TrafficControl,
  type TrafficFinding,
} from "../../ports/traffic.ts";
import { HealthMember, type Answer } from "./health-member.ts";

export interface HealthSetup {
  readonly hosts: Hosts;
  /** So long a member that comes back may take to answer well. */
  readonly upWithinSeconds?: number;
}

const usualUpWithinSeconds = 20;
const lookMs = 200;

/** Since when a copy has answered so; `undefined` for longer than anybody remembers. */
interface Memory {
  readonly isGood: boolean;
  readonly since: number | undefined;
}

type Wanted = "in" | "draining" | "out";

export class Health implements TrafficControl {
  readonly #setup: HealthSetup;
  readonly #memories = new Map<string, Memory>();

  constructor(setup: HealthSetup) {
    this.#setup = setup;
  }

  async states(target: Target, signal?: AbortSignal): Promise<readonly TrafficState[]> {
    const members = await Promise.all(
      membersOf(target).map(async (member) => [memberName(member), await this.#state(target, member, signal)] as const),
    );
    return [{ proxy: "", active: "blue", share: 0, startedAt: 0, members: Object.fromEntries(members) }];
  }

  async change(target: Target, change: TrafficChange, options: ChangeOptions = {}): Promise<readonly string[]> {
    const members = wantedMembers(target, change);
    const results = await Promise.allSettled(
      members.map(([member, wanted]) => this.#bring(target, member, wanted, options.signal)),
    );
    const failed = results.flatMap((result) => (result.status === "rejected" ? [result.reason as unknown] : []));
    const isTolerable =
      options.evenIfSomeFail === true &&
      failed.length < members.length &&
      failed.every((error) => error instanceof ProxyFailed);
    if (failed.length > 0 && !isTolerable) throw failed[0];
    return members.filter((_, index) => results[index]?.status === "rejected").map(([{ host }]) => host);
  }

  /** Nothing of ours is between users and the copy; what is in flight ends when it is stopped. */
  async cut(): Promise<void> {}

  feed(): undefined {
    return undefined;
  }

  async inspect(target: Target, signal?: AbortSignal): Promise<readonly TrafficFinding[]> {
    const blue = membersOf(target).filter(({ side }) => side === "blue");
    return Promise.all(
      blue.map(async (member) => {
        const { health } = await this.#member(target, member).ask(signal);
        const finding = { proxy: member.host, check: "health-answer" } as const;
        if (health === "good") return { ...finding, level: "ok", message: "it answers that it is healthy", cure: null };
        const path = target.health.path ?? "";
        const message = `${memberName(member)} is ${health} at ${path}, so it gets no requests from what is in front`;
        return {
          ...finding,
          level: "warning",
          message,
          cure: `signalbox logs ${target.service} --host ${member.host}`,
        };
      }),
    );
  }

  async #state(target: Target, member: Member, signal?: AbortSignal): Promise<MemberState> {
    if (member.side === "green") return { rotation: "out", up: "unknown", inFlight: "unknown", queued: 0 };
    const answer = await this.#ask(target, member, signal).catch((error: unknown) => {
      if (error instanceof ProxyFailed) return undefined;
      throw error;
    });
    // A host that is gone must not hide the others. As far as anybody knows nobody has taken its copy out.
    if (answer === undefined) return { rotation: "in", up: false, inFlight: "unknown", queued: 0 };
    const { connections: inFlight } = answer;
    if (answer.health !== "good") return { rotation: "out", up: "unknown", inFlight, queued: 0 };
    return { rotation: "in", up: this.#isNoticed(target, member), inFlight, queued: 0 };
  }

  async #bring(target: Target, member: Member, wanted: Wanted, signal?: AbortSignal): Promise<void> {
    if (wanted === "in") await this.#putIn(target, member, signal);
    else await this.#takeOut(target, member, signal);
    if (wanted !== "draining") await this.#untilNoticed(target, member, wanted === "in", signal);
  }

  async #putIn(target: Target, member: Member, signal?: AbortSignal): Promise<void> {
    const one = this.#member(target, member);
    // A copy that does not answer may still take the request and follow it when nobody expects that any more.
    const isThere = await this.#until(target, member, ({ health }) => health !== "silent", signal);
    if (isThere.health === "good") return;
    if (isThere.health === "silent") throw this.#failed(member, false, "does not answer", target);
    await one.post(trafficOf(target).readmitPath, signal);
    const after = await this.#until(target, member, ({ health }) => health === "good", signal);
    if (after.health !== "good") throw this.#failed(member, true, `is still ${after.health}`, target);
  }

  async #takeOut(target: Target, member: Member, signal?: AbortSignal): Promise<void> {
    const { health } = await this.#ask(target, member, signal);
    const known = this.#memories.get(keyOf(target, member));
    // Nobody is there who could be told; and what was told already is not told again.
    if (health === "silent" || (health !== "good" && known?.since !== undefined)) return;
    await this.#member(target, member).post(trafficOf(target).drainPath, signal);
    const after = await this.#until(target, member, (answer) => answer.health !== "good", signal);
    if (after.health === "good") throw this.#failed(member, true, "still says that it is healthy", target);
  }

  /** Until what is in front must have seen the answer that the copy gives now. */
  async #untilNoticed(target: Target, member: Member, isIn: boolean, signal?: AbortSignal): Promise<void> {
    const key = keyOf(target, member);
    const known = this.#memories.get(key);
    // Out since nobody knows when: from now on then. In since nobody knows when is what it always was.
    if (!isIn && known?.since === undefined) this.#memories.set(key, { isGood: false, since: performance.now() });
    while (!this.#isNoticed(target, member)) {
      await sleep(lookMs, undefined, { signal });
      const { health } = await this.#ask(target, member, signal);
      if ((health === "good") === isIn) continue;
      throw this.#failed(member, true, isIn ? `is ${health} again` : "says again that it is healthy", target);
    }
  }

  async #until(
    target: Target,
    member: Member,
    isEnough: (answer: Answer) => boolean,
    signal?: AbortSignal,
  ): Promise<Answer> {
    const { upWithinSeconds = usualUpWithinSeconds } = this.#setup;
    for (const deadline = performance.now() + upWithinSeconds * 1000; ; await sleep(lookMs, undefined, { signal })) {
      const answer = await this.#ask(target, member, signal);
      if (isEnough(answer) || performance.now() > deadline) return answer;
    }
  }

  async #ask(target: Target, member: Member, signal?: AbortSignal): Promise<Answer> {
    const answer = await this.#member(target, member).ask(signal);
    const key = keyOf(target, member);
    const isGood = answer.health === "good";
    const known = this.#memories.get(key);
    if (known === undefined) this.#memories.set(key, { isGood, since: undefined });
    else if (known.isGood !== isGood) this.#memories.set(key, { isGood, since: performance.now() });
    return answer;
  }

  #isNoticed(target: Target, member: Member): boolean {
    const since = this.#memories.get(keyOf(target, member))?.since;
    return since === undefined || performance.now() - since >= trafficOf(target).detectSeconds * 1000;
  }

  #member(target: Target, member: Member): HealthMember {
    const { kind, path } = target.health;
    if (kind !== "http" || path === undefined) {
      throw new Error(`${target.service}: traffic by health needs a health check by http`);
    }
    return new HealthMember(this.#setup.hosts, member, path);
  }

  #failed(member: Member, mayHaveChanged: boolean, what: string, { health }: Target): ProxyFailed {
    const message = `${member.host}: ${memberName(member)} ${what}, asked on its host for ${health.path}.`;
    return new ProxyFailed(member.host, mayHaveChanged, message);
  }
}

/** @throws {ProxyFailed} for what only a proxy can do, before anything is changed */
function wantedMembers(target: Target, change: TrafficChange): readonly (readonly [Member, Wanted])[] {
  const refuse = (message: string): ProxyFailed => new ProxyFailed("", false, `${target.service}: ${message}`);
  if ((change.active ?? "blue") !== "blue" || (change.share ?? 0) !== 0) {
    throw refuse(
      "traffic by the service's own health answer can neither switch sides nor send a share of the requests.",
    );
  }
  const all = new Map(membersOf(target).map((member) => [memberName(member), member]));
  const wanted = Object.entries(change.members ?? {}) as [MemberName, Wanted][];
  for (const [name, rotation] of wanted) {
    if (!all.has(name)) throw refuse(`${name} is not one of its members.`);
    if (rotation !== "in" || name.startsWith("blue/")) continue;
    throw refuse(`${name} cannot be put into rotation: traffic by the service's own health answer has one side, blue.`);
  }
  return wanted.flatMap(([name, rotation]) => {
    const member = all.get(name)!;
    return member.side === "blue" ? [[member, rotation] as const] : [];
  });
}

function keyOf({ service, environment }: Target, { host, port }: Member): string {
  return `${service}.${environment} ${host} ${port}`;
}

function trafficOf({ service, traffic }: Target): HealthTraffic {
  if (traffic.kind === "health") return traffic;
  throw new Error(`${service} has traffic of the kind ${traffic.kind}, not health`);
}
