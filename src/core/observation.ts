/** What a deployment sees of the world while it goes on. Recorded first, so that every decision can be replayed. */
import type { AnalysisState } from "./analysis/analysis.ts";
import type { RequestCounts } from "./analysis/counts.ts";
import { noRequests } from "./analysis/counts.ts";
import type { MemberName } from "./traffic.ts";

/** One stretch of time. */
export interface Observation {
  /** Milliseconds since 1970, by the server's clock. */
  readonly from: number;
  readonly until: number;
  /** False when requests may have been missed. */
  readonly complete: boolean;
  readonly members: Readonly<Record<MemberName, RequestCounts>>;
  /** Requests that no member served. */
  readonly unserved: number;
  /** Requests that wait at the proxies for room. */
  readonly queued: number;
  /** How busy the processors of each host were, from 0 to 1. */
  readonly loads: Readonly<Record<string, number>>;
  /** How often systemd started the unit of a host again, by `host/slot`, since its activation. */
  readonly restarts: Readonly<Record<string, number>>;
  /** Asked from outside at a fixed rate; a request is due at its time, whatever became of the ones before it. */
  readonly prober?: { readonly sent: number; readonly failed: number; readonly slowestMilliseconds: number };
  readonly synthetic?: { readonly candidate: RequestCounts; readonly baseline: RequestCounts };
  readonly command?: "good" | "bad";
}

/** What is known from all observations so far, as far as decisions need it. */
export interface Observed {
  /** The end of the last stretch of time; 0 before the first. */
  readonly until: number;
  readonly loads: Readonly<Record<string, number>>;
  /** When they were seen; 0 before the first time. */
  readonly loadsAt: number;
  /** The largest sum of loads that was seen. */
  readonly peakLoad: number;
  readonly queued: number;
  readonly restarts: Readonly<Record<string, number>>;
  /** All requests to the old release. */
  readonly baseline: RequestCounts;
  /** By the index of its step in the rollout. */
  readonly analyses: ReadonlyMap<number, AnalysisState>;
}

export const nothingObserved: Observed = {
  until: 0,
  loads: {},
  loadsAt: 0,
  peakLoad: 0,
  queued: 0,
  restarts: {},
  baseline: noRequests,
  analyses: new Map(),
};
