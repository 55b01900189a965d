/**
 * A command of the team speaks with the load balancer. It is believed nothing: before a change it is asked what is, and
 * after it whether that has come true.
 */
import { setTimeout as sleep } from "node:timers/promises";

import { membersOf } from "../../core/members.ts";
import type { Target } from "../../core/service.ts";
import {
  memberName,
  type CommandTraffic,
  type MemberName,
  type MemberState,
  type TrafficState,
} from "../../core/traffic.ts";
import type { Programs } from "../../ports/programs.ts";
import {
  ProxyFailed,
  type ChangeOptions,
  type TrafficChange,
  type TrafficControl,
  type TrafficFinding,
} from "../../ports/traffic.ts";
import { changeWords, commandState, type CommandState } from "./command-protocol.ts";

export interface CommandSetup {
  readonly programs: Programs;
  readonly addressOf: (host: string) => string | undefined;
  /** So long the load balancer may take to call a member up. */
  readonly upWithinSeconds?: number;
}

const usualUpWithinSeconds = 20;
/** A change may take a moment to be seen, such as in a cloud. */
const seenWithinMs = 10_000;
const lookMs = 500;
const mostCharacters = 100_000;

export class Command implements TrafficControl {
  readonly #setup: CommandSetup;

  constructor(setup: CommandSetup) {
    this.#setup = setup;
  }

  async states(target: Target, signal?: AbortSignal): Promise<readonly TrafficState[]> {
    const { active, share, members } = await this.#state(target, signal);
    const { shares } = trafficOf(target);
    const stateOf = (name: MemberName): MemberState => {
      const told = members[name];
      if (told !== undefined) return { ...told, queued: 0 };
      if (!shares && name.startsWith("green/"))
        return { rotation: "out", up: "unknown", inFlight: "unknown", queued: 0 };
      throw failed(target, false, `it does not tell the state of ${name}`);
    };
    const names = membersOf(target).map(memberName);
    const all = Object.fromEntries(names.map((name) => [name, stateOf(name)]));
    return [{ proxy: "", active, share, startedAt: 0, members: all }];
  }

  /** There is one load balancer, so `evenIfSomeFail` makes no difference. */
  async change(target: Target, change: TrafficChange, { signal }: ChangeOptions = {}): Promise<readonly string[]> {
    signal?.throwIfAborted();
    const before = await this.#state(target, signal);
    refuse(target, before, change);
    const isRenewal = change.backAfterSeconds !== undefined && change.members !== undefined;
    if (missing(before, change).length === 0 && !isRenewal) return [];

    await this.#set(target, change);
    await this.#untilSeen(target, change);
    const coming = namesIn(change).filter((name) => change.members?.[name] === "in");
    try {
      await this.#untilUp(target, coming, signal);
    } catch (error) {
      throw await this.#takeBack(target, undoing(change, before), error);
    }
    return [];
  }

  /** The load balancer is not asked for that: what is in flight ends when the copy is stopped. */
  async cut(): Promise<void> {}

  feed(): undefined {
    return undefined;
  }

  async inspect(target: Target, signal?: AbortSignal): Promise<readonly TrafficFinding[]> {
    const finding = { proxy: "", check: "traffic-command" } as const;
    try {
      await this.states(target, signal);
      return [{ ...finding, level: "ok", message: "the command tells the state of every member", cure: null }];
    } catch (error) {
      if (!(error instanceof ProxyFailed)) throw error;
      const cure = `on the server: ${[...trafficOf(target).run, "state"].join(" ")}`;
      return [{ ...finding, level: "problem", message: error.message, cure }];
    }
  }

  async #state(target: Target, signal?: AbortSignal): Promise<CommandState> {
    const printed = await this.#run(target, ["state"], false, signal);
    try {
      return commandState(printed);
    } catch (error) {
      throw failed(target, false, `its state is not understood: ${(error as Error).message}`);
    }
  }

  /** With no signal: a command that is ended in the middle may leave anything behind. */
  async #set(target: Target, change: TrafficChange): Promise<void> {
    await this.#run(target, ["set", ...changeWords(change)], true);
  }

  async #untilSeen(target: Target, change: TrafficChange): Promise<void> {
    for (const deadline = performance.now() + seenWithinMs; ; await sleep(lookMs)) {
      const wrong = missing(await this.#stateAfter(target), change);
      if (wrong.length === 0) return;
      if (performance.now() > deadline) throw failed(target, true, `it was told, but ${wrong.join(", ")}`);
    }
  }

  async #untilUp(target: Target, coming: readonly MemberName[], signal?: AbortSignal): Promise<void> {
    const { upWithinSeconds = usualUpWithinSeconds } = this.#setup;
    for (const deadline = performance.now() + upWithinSeconds * 1000; ; await sleep(lookMs)) {
      signal?.throwIfAborted();
      const { members } = await this.#stateAfter(target);
      const down = coming.filter((name) => members[name]?.up === false);
      if (down.length === 0) return;
      if (performance.now() < deadline) continue;
      throw failed(target, true, `what it speaks with does not call ${down.join(", ")} up within ${upWithinSeconds} s`);
    }
  }

  async #stateAfter(target: Target): Promise<CommandState> {
    try {
      return await this.#state(target);
    } catch (error) {
      if (error instanceof ProxyFailed) throw new ProxyFailed("", true, error.message);
      throw error;
    }
  }

  /** @returns the error to throw, which says whether the change was taken back */
  async #takeBack(target: Target, change: TrafficChange, error: unknown): Promise<unknown> {
    try {
      await this.#set(target, change);
      await this.#untilSeen(target, change);
    } catch {
      return error;
    }
    return error instanceof ProxyFailed ? new ProxyFailed(error.proxy, false, error.message) : error;
  }

  async #run(target: Target, words: readonly string[], mayChange: boolean, signal?: AbortSignal): Promise<string> {
    const { run, limitSeconds } = trafficOf(target);
    const said = { stdout: "", stderr: "" };
    const running = this.#setup.programs.run([...run, ...words], {
      variables: this.#variables(target),
      limitSeconds,
      signal: signal ?? new AbortController().signal,
      onOutput: (text, stream) => {
        said[stream] = (said[stream] + text).slice(0, mostCharacters);
      },
    });
    const code = await running.catch((error: Error) => {
      throw failed(target, false, `it cannot be started: ${error.message}`);
    });
    signal?.throwIfAborted();
    if (code === 0) return said.stdout;
    const why = said.stderr.trim().split("\n").at(-1) ?? "";
    const late = code >= 128 ? `, perhaps at its limit of ${limitSeconds} s` : "";
    throw failed(target, mayChange, `"${words[0]}" ended with ${code}${late}${why === "" ? "" : `: ${why}`}`);
  }

  #variables(target: Target): Readonly<Record<string, string>> {
    const addressed = membersOf(target).map(
      (member) => `${memberName(member)}=${this.#setup.addressOf(member.host) ?? member.host}:${member.port}`,
    );
    return {
      SIGNALBOX_SERVICE: target.service,
      SIGNALBOX_ENVIRONMENT: target.environment,
      SIGNALBOX_MEMBERS: addressed.join(" "),
    };
  }
}

/** Before anything is changed. */
function refuse(target: Target, { members }: CommandState, change: TrafficChange): void {
  const { shares } = trafficOf(target);
  if (!shares && ((change.active ?? "blue") !== "blue" || (change.share ?? 0) !== 0)) {
    throw failed(target, false, "it can neither switch sides nor send a share of the requests (shares: false)");
  }
  const unknown = namesIn(change).find((name) => members[name] === undefined);
  if (unknown !== undefined) throw failed(target, false, `${unknown} is not one of its members`);
}

/** Each thing that is wanted and is not so, in words. A member that is out already needs no drain. */
function missing(now: CommandState, { active, share, members = {} }: TrafficChange): readonly string[] {
  const wanted = Object.entries(members) as [MemberName, string][];
  return [
    ...(active === undefined || now.active === active ? [] : [`${now.active} is active instead of ${active}`]),
    ...(share === undefined || now.share === share ? [] : [`the share is ${now.share} instead of ${share}`]),
    ...wanted.flatMap(([name, ought]) => {
      const is = now.members[name]?.rotation ?? "unknown";
      return is === ought || (ought === "draining" && is === "out") ? [] : [`${name} is ${is} instead of ${ought}`];
    }),
  ];
}

function undoing(change: TrafficChange, before: CommandState): TrafficChange {
  return {
    ...(change.active !== undefined && { active: before.active }),
    ...(change.share !== undefined && { share: before.share }),
    members: Object.fromEntries(namesIn(change).map((name) => [name, before.members[name]!.rotation])),
  };
}

function namesIn({ members = {} }: TrafficChange): readonly MemberName[] {
  return Object.keys(members) as MemberName[];
}

function trafficOf({ service, traffic }: Target): CommandTraffic {
  if (traffic.kind === "command") return traffic;
  throw new Error(`${service} has traffic of the kind ${traffic.kind}, not command`);
}

function failed(target: Target, mayHaveChanged: boolean, message: string): ProxyFailed {
  return new ProxyFailed("", mayHaveChanged, `The traffic command of ${target.service}: ${message}.`);
}
