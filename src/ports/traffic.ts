/**
 * What brings requests to the members of a service: a proxy, or whatever stands in front.
 *
 * Small on purpose: read the state, bring it to what is wanted, listen to the requests. How a drain goes, when a
 * member may come back and what a share may be is decided elsewhere.
 */
import type { RequestCounts } from "../core/analysis/counts.ts";
import type { Target } from "../core/service.ts";
import type { MemberName, Side, TrafficState } from "../core/traffic.ts";

/** A proxy did not answer, or did not take the change. */
export class ProxyFailed extends Error {
  override readonly name = "ProxyFailed";
  readonly proxy: string;
  /** Whether something may have been changed there. */
  readonly mayHaveChanged: boolean;

  constructor(proxy: string, mayHaveChanged: boolean, message: string) {
    super(message);
    this.proxy = proxy;
    this.mayHaveChanged = mayHaveChanged;
  }
}

/** What is wanted; what is left out stays as it is. */
export interface TrafficChange {
  readonly active?: Side;
  /** Of the side that is not active, 0 to 10,000. */
  readonly share?: number;
  readonly members?: Readonly<Record<MemberName, "in" | "draining" | "out">>;
  /**
   * Members that this change takes out come back by themselves after so long, if nobody says otherwise: a server that
   * died must not keep them out for ever. The proxy's own check decides whether they get requests. 0 is never.
   */
  readonly backAfterSeconds?: number;
}

export interface ChangeOptions {
  readonly signal?: AbortSignal;
  /** On the way back: do it on the proxies that can be reached, and name the others in the answer. */
  readonly evenIfSomeFail?: boolean;
}

/** Whatever traffic the target has. */
export interface TrafficControl {
  /**
   * Every proxy's state, never from a cache.
   *
   * @throws {ProxyFailed}
   */
  states(target: Target, signal?: AbortSignal): Promise<readonly TrafficState[]>;
  /**
   * Brings every proxy to what is wanted and reads it back. First what survives a restart of the proxy, on all of
   * them; then what serves now, the standby first. Doing it again changes nothing.
   *
   * @returns proxies that could not be changed; only with `evenIfSomeFail`
   * @throws {ProxyFailed} before anything serves differently where that is possible
   */
  change(target: Target, change: TrafficChange, options?: ChangeOptions): Promise<readonly string[]>;
  /** Ends what is in flight to members that are out. */
  cut(target: Target, members: readonly MemberName[], signal?: AbortSignal): Promise<void>;
  /** Listens to the requests of all proxies; nothing where the traffic has no feed. */
  feed(target: Target): TrafficFeed | undefined;
  /** Whether the proxies are set up as rollouts need them, with the cure for each fault. */
  inspect(target: Target, signal?: AbortSignal): Promise<readonly TrafficFinding[]>;
}

export interface TrafficFeed {
  /** What was seen since the last call, or since the feed was opened. Quick: it waits for nothing. */
  take(): FeedWindow;
  close(): void;
}

export interface FeedWindow {
  /** False when something may have been missed on some proxy since the last call. */
  readonly complete: boolean;
  readonly members: Readonly<Record<MemberName, RequestCounts>>;
  /** Requests that failed without any member: no server was there, or the proxy refused them. */
  readonly unserved: number;
}

export interface TrafficFinding {
  readonly proxy: string;
  readonly check: string;
  readonly level: "ok" | "warning" | "problem";
  readonly message: string;
  readonly cure: string | null;
}
