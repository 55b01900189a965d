/** Proxies that do at once what they are told, and tell what a test gave them. */
import { membersOf } from "../../src/core/members.ts";
import { memberName } from "../../src/core/traffic.ts";
import type { MemberName, MemberState, TrafficState } from "../../src/core/traffic.ts";
import type { Target } from "../../src/core/service.ts";
import { ProxyFailed } from "../../src/ports/traffic.ts";
import type { ChangeOptions, FeedWindow, TrafficChange, TrafficControl } from "../../src/ports/traffic.ts";

type Changeable = { -readonly [K in keyof TrafficState]: TrafficState[K] } & {
  members: Record<MemberName, MemberState>;
};

export class FakeTraffic implements TrafficControl {
  readonly proxies: Changeable[];
  /** Every change that was asked for, in words. */
  readonly asked: string[] = [];
  /** Proxies that don't answer. */
  readonly gone = new Set<string>();
  readonly wasCut: MemberName[] = [];
  /** What the feed gives next; without any it gives empty windows. Undefined: there is no feed. */
  windows: FeedWindow[] | undefined = [];
  openFeeds = 0;
  /** Called at each look, with its number; a test may change the proxies. */
  atLook: (count: number) => void = () => {};
  #looks = 0;

  constructor(target: Target, proxies: readonly string[] = ["lb-1"]) {
    const members = Object.fromEntries(
      membersOf(target).map((member) => [
        memberName(member),
        { rotation: member.side === "blue" ? "in" : "out", up: true, inFlight: 0, queued: 0 },
      ]),
    );
    this.proxies = proxies.map((proxy) => ({
      proxy,
      active: "blue",
      share: 0,
      startedAt: 1,
      members: { ...members } as Record<MemberName, MemberState>,
    }));
  }

  /** Changes what a member is like on every proxy, or on one. */
  set(name: MemberName, state: Partial<MemberState>, proxy?: string): void {
    for (const one of this.proxies) {
      if (proxy === undefined || proxy === one.proxy) one.members[name] = { ...one.members[name]!, ...state };
    }
  }

  async states(): Promise<readonly TrafficState[]> {
    this.#looks += 1;
    this.atLook(this.#looks);
    const [gone] = this.proxies.filter(({ proxy }) => this.gone.has(proxy));
    if (gone !== undefined) throw new ProxyFailed(gone.proxy, false, `${gone.proxy} does not answer`);
    return structuredClone(this.proxies);
  }

  async change(_target: Target, change: TrafficChange, options: ChangeOptions = {}): Promise<readonly string[]> {
    const { backAfterSeconds, members = {}, ...rest } = change;
    const words = Object.entries({ ...members, ...rest }).map(([key, value]) => `${key} ${value}`);
    this.asked.push(words.join(", ") + (backAfterSeconds === undefined ? "" : `, back after ${backAfterSeconds} s`));
    const missed = this.proxies.filter(({ proxy }) => this.gone.has(proxy)).map(({ proxy }) => proxy);
    if (missed.length > 0 && options.evenIfSomeFail !== true)
      throw new ProxyFailed(missed[0]!, false, `${missed[0]} does not answer`);
    for (const one of this.proxies.filter(({ proxy }) => !this.gone.has(proxy))) {
      Object.assign(one, rest);
      for (const [name, rotation] of Object.entries(members)) this.set(name as MemberName, { rotation }, one.proxy);
    }
    return missed;
  }

  async cut(_target: Target, members: readonly MemberName[]): Promise<void> {
    this.wasCut.push(...members);
  }

  feed(): ReturnType<TrafficControl["feed"]> {
    if (this.windows === undefined) return undefined;
    this.openFeeds += 1;
    return {
      take: () => this.windows?.shift() ?? { complete: true, members: {}, unserved: 0 },
      close: () => {
        this.openFeeds -= 1;
      },
    };
  }

  async inspect(): Promise<readonly []> {
    return [];
  }
}
