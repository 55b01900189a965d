/**
 * Looks at the world while a rollout goes on, and writes down what it sees: requests, loads, restarts, answers from
 * outside. Decisions are made from the journal alone, so they can be replayed.
 *
 * It disturbs nothing: a part that can't see leaves its part out, and only requests that may have been missed are
 * told, since they can't be counted as good.
 */
import { finalStates, targetOf } from "../core/deployment.ts";
import type { Observation } from "../core/observation.ts";
import { openAnalysis } from "../core/observe.ts";
import type { Target } from "../core/service.ts";
import type { TrafficFeed } from "../ports/traffic.ts";
import type { Journal } from "./journal.ts";
import { analysisCommand } from "./witness-command.ts";
import { hostPart } from "./witness-hosts.ts";
import { together } from "./witness-part.ts";
import type { Part } from "./witness-part.ts";
import { proberPart } from "./witness-prober.ts";
import { proxiesPart } from "./witness-proxies.ts";
import { syntheticPart } from "./witness-synthetic.ts";
import { Requests } from "./witness-requests.ts";
import type { World } from "./world.ts";

export interface Witness {
  /** Writes down what was seen until now, because something is about to change or has changed. */
  cut(): Promise<void>;
  /** Writes down what was seen last, and looks no more. */
  stop(): Promise<void>;
}

const usualSeconds = 10;
/** An answer to whether a release is bad is wanted soon: so the first minutes of a comparison are written more often. */
const comparingMilliseconds = 2_000;
const comparedOftenForMilliseconds = 120_000;
/** What goes on for long is written down less often: so many times the usual pause, after so long. */
const slowAfterMilliseconds = 15 * 60_000;
const slowFactor = 5;
const lookMilliseconds = 1_000;
const opensWithinMilliseconds = 10_000;
/** Errors are written down this soon, so that a bad release is found soon. */
const earlyMilliseconds = 2_000;

export function startWitness(journal: Journal, world: World, signal: AbortSignal): Witness {
  const seeing = new Seeing(journal, world, signal);
  return { cut: () => seeing.cut(), stop: () => seeing.stop() };
}

class Seeing implements Witness {
  readonly #journal: Journal;
  readonly #world: World;
  readonly #serverStops: AbortSignal;
  readonly #stop = new AbortController();
  readonly #feed: TrafficFeed | undefined;
  readonly #parts: readonly Part[];
  readonly #startedAt: number;
  readonly #milliseconds: number;
  #from: number;
  #requests: Requests;
  #isStopped = false;
  /** A feed is opened over the network; what came before it was open is nobody's gap. */
  #isOpen: boolean;

  constructor(journal: Journal, world: World, serverStops: AbortSignal) {
    this.#journal = journal;
    this.#world = world;
    this.#serverStops = serverStops;
    this.#startedAt = world.clock.now();
    this.#from = this.#startedAt;
    this.#milliseconds = (world.observeSeconds ?? usualSeconds) * 1000;
    const target = targetOf(journal.deployment);
    const { feed, hasFailed } = openFeed(world, target);
    this.#feed = feed;
    this.#isOpen = feed === undefined;
    this.#requests = new Requests(!hasFailed);
    this.#parts = partsFor(target, journal, world);
    const signal = AbortSignal.any([this.#stop.signal, serverStops]);
    for (const part of this.#parts) void keepLooking(part, this.#milliseconds, world, signal);
    void this.#watch(signal);
  }

  /** In one turn, so that nothing is counted twice or in two windows; only the writing is waited for. */
  async cut(): Promise<void> {
    if (this.#isStopped) return;
    this.#takeRequests();
    await this.#close();
  }

  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#takeRequests();
    this.#isStopped = true;
    this.#stop.abort();
    const last = this.#serverStops.aborted ? undefined : this.#close();
    quietly(() => this.#feed?.close());
    for (const part of this.#parts) quietly(() => part.close?.());
    await last;
  }

  async #watch(signal: AbortSignal): Promise<void> {
    for (;;) {
      await this.#world.clock.sleep(lookMilliseconds, signal);
      if (signal.aborted) return;
      this.#takeRequests();
      if (this.#isDue()) await this.#close();
    }
  }

  #takeRequests(): void {
    if (this.#feed === undefined) return;
    let seen;
    try {
      seen = this.#feed.take();
    } catch {
      this.#isOpen = true;
      seen = { complete: false, members: {}, unserved: 0 };
    }
    const now = this.#world.clock.now();
    this.#isOpen ||= seen.complete || now - this.#startedAt >= opensWithinMilliseconds;
    if (!this.#isOpen) {
      this.#from = now;
      return;
    }
    // A gap of a second must not make ten of them worthless.
    if (seen.complete !== this.#requests.isComplete && !this.#requests.isEmpty) void this.#close();
    this.#requests.add(seen);
  }

  #isDue(): boolean {
    const now = this.#world.clock.now();
    const age = now - this.#from;
    const isSlow = now - this.#startedAt >= slowAfterMilliseconds;
    if (
      age >=
      (this.#isComparing(now)
        ? Math.min(comparingMilliseconds, this.#milliseconds)
        : this.#milliseconds * (isSlow ? slowFactor : 1))
    )
      return true;
    if (this.#parts.some(({ isUrgent }) => isUrgent?.() === true)) return true;
    return this.#requests.errors > 0 && age >= (isSlow ? this.#milliseconds : earlyMilliseconds);
  }

  #isComparing(now: number): boolean {
    const { deployment } = this.#journal;
    const index = openAnalysis(deployment);
    const begun = index === undefined ? undefined : deployment.progress.rollout.get(index)?.get("")?.startedAt;
    return begun !== undefined && now - begun < comparedOftenForMilliseconds;
  }

  async #close(): Promise<void> {
    const until = this.#world.clock.now();
    const from = this.#from;
    if (until <= from || finalStates.has(this.#journal.deployment.state)) return;
    // What is too short to tell anything joins the next one.
    if (this.#requests.isEmpty && this.#requests.isComplete && until - from < lookMilliseconds) return;
    const { members, unserved, isComplete: complete } = this.#requests;
    this.#from = until;
    this.#requests = new Requests(true);
    const seen: Observation = { from, until, complete, members, unserved, ...together(this.#parts) };
    // A journal that can't be written is noticed by those who must write; this is one of those who may.
    await this.#journal.note({ kind: "observed", ...seen }).catch(() => {});
  }
}

function openFeed({ traffic }: World, target: Target): { readonly feed?: TrafficFeed; readonly hasFailed: boolean } {
  try {
    const feed = traffic.feed(target);
    return { ...(feed === undefined ? {} : { feed }), hasFailed: false };
  } catch {
    return { hasFailed: true };
  }
}

function partsFor(target: Target, journal: Journal, world: World): readonly Part[] {
  const proxies = target.traffic.kind === "none" ? undefined : proxiesPart(target, world);
  return [
    ...[...target.hosts, ...(target.others ?? [])].map((host) => hostPart(host, target, journal, world)),
    ...(proxies === undefined ? [] : [proxies]),
    ...proberPart(target, journal.deployment, world),
    ...(proxies === undefined ? [] : syntheticPart(target, journal, world, () => proxies.share())),
    ...analysisCommand(target, journal.deployment, world),
  ];
}

/** Each part on its own, so that one which hangs holds up no other; and one that fails is not asked in a loop. */
async function keepLooking(part: Part, usual: number, { clock }: World, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const hasLooked = await lookOnce(part, signal);
    const pause = part.pauseMilliseconds?.() ?? usual;
    await clock.sleep(hasLooked ? pause : Math.max(pause, lookMilliseconds), signal);
  }
}

async function lookOnce(part: Part, signal: AbortSignal): Promise<boolean> {
  try {
    await part.look?.(signal);
    return true;
  } catch {
    return false;
  }
}

function quietly(work: () => void): void {
  try {
    work();
  } catch {
    // It is over anyway.
  }
}
