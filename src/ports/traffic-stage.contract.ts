/** What the parts of the traffic contract stand on: a service behind its proxies, and clients that ask it. */
import { setTimeout as sleep } from "node:timers/promises";

import type { Target } from "../core/service.ts";
import { capabilitiesOf, type MemberName } from "../core/traffic.ts";
import { Client, tally, type Answer } from "./traffic-requests.contract.ts";
import type { TrafficChange, TrafficControl, TrafficFeed } from "./traffic.ts";

/**
 * A service on two hosts, on both sides of each, behind one or two proxies. Its members answer `/` and `/slow?ms=`,
 * answer `/status?code=` with that code, and name themselves in `x-member`.
 */
export interface TrafficUnderTest {
  readonly traffic: TrafficControl;
  readonly target: Target;
  /** Where each proxy takes requests, in the order of the target's proxies. */
  readonly fronts: readonly string[];
  /** Lets the service of a member serve, be gone, or take connections and never answer. */
  serve(member: MemberName, how: "well" | "not" | "never-answering"): Promise<void>;
  /** Only where there are proxies. */
  readonly proxies?: {
    reload(proxy: string): Promise<void>;
    /** SIGKILL, and a new start. */
    kill(proxy: string): Promise<void>;
    /** Nothing of Signalbox reaches it; `restore` ends that. */
    cut(proxy: string): Promise<void>;
    restore(proxy: string): Promise<void>;
  };
  /**
   * Every change is a reload of the proxy. It ends idle connections of clients, and a request may just be on its way on
   * one; users are known by an id instead of a bucket; and the log goes on through it.
   */
  readonly changesByReload?: true;
  /** What is in flight to a member ends only when the copy is stopped. */
  readonly cannotCut?: true;
  stop(): Promise<void>;
}

/** One service under test, and what was opened to look at it. */
export class Stage {
  #world: TrafficUnderTest | undefined;
  #open: { close(): unknown }[] = [];

  get world(): TrafficUnderTest {
    return this.#world!;
  }

  async begin(open: () => Promise<TrafficUnderTest>): Promise<void> {
    this.#world = await open();
  }

  async end(): Promise<void> {
    await this.#world?.stop();
  }

  client(front = 0): Client {
    const made = new Client(this.world.fronts[front]!);
    this.#open.push(made);
    return made;
  }

  willClose(feed: TrafficFeed): void {
    this.#open.push(feed);
  }

  closeAll(): void {
    for (const one of this.#open.splice(0)) one.close();
  }

  change(wanted: TrafficChange): Promise<readonly string[]> {
    return this.world.traffic.change(this.world.target, wanted);
  }

  put(member: MemberName, rotation: "in" | "draining" | "out"): Promise<readonly string[]> {
    return this.change({ members: { [member]: rotation } });
  }

  can(): ReturnType<typeof capabilitiesOf> {
    return capabilitiesOf(this.world.target.traffic);
  }

  proxyNames(): readonly string[] {
    const { traffic } = this.world.target;
    return "proxies" in traffic ? traffic.proxies : [];
  }

  statuses(answers: readonly Answer[]): ReturnType<typeof tally> {
    return tally(answers.map(({ status }) => String(status)));
  }

  /** Without those of which only the connection broke, where a reload may break it. */
  kept(answers: readonly Answer[]): readonly Answer[] {
    return this.world.changesByReload === true ? answers.filter(({ status }) => status !== 0) : answers;
  }
}

export async function eventually(isTrue: () => boolean): Promise<void> {
  for (const deadline = performance.now() + 20_000; !isTrue(); await sleep(100)) {
    if (performance.now() > deadline) throw new Error("It never came true.");
  }
}
