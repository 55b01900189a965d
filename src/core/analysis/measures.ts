/** What is measured of a release, errors and slowness, and the evidence that each gives. */
import type { AnalysisRules } from "../service.ts";
import { upperBound } from "./bound.ts";
import { addCounts, type RequestCounts } from "./counts.ts";
import {
  addEvidence,
  clumpsIn,
  forgetScatter,
  isWithinBlock,
  noEvidence,
  type Bets,
  type Comparison,
  type Evidence,
} from "./evidence.ts";
import type { Tally } from "./odds.ts";
import { enoughToCompare, slowEdge, slowerThan, type SlowEdge } from "./slowness.ts";

export interface Measures {
  readonly errors: Evidence;
  readonly tail: SlowEvidence;
  readonly body: SlowEvidence;
}

/** Evidence from answers above an edge; null until one could be chosen. */
export interface SlowEvidence {
  readonly edge: SlowEdge | null;
  readonly evidence: Evidence;
}

/** The requests of one stretch of time, and what was known of the old release before it. */
export interface MeasuredWindow {
  readonly known: RequestCounts;
  readonly users: Pair;
  readonly synthetic: Pair | undefined;
  readonly seconds: number;
  readonly complete: boolean;
}

interface Pair {
  readonly candidate: RequestCounts;
  readonly baseline: RequestCounts;
}

type SlowMeasure = "tail" | "body";

/** Each measure's part of the false alarms, and that of each one's bound, which the old release may exceed by bad luck. */
const parts = { errors: 0.6, tail: 0.2, body: 0.14, bound: 0.02 } as const;
const errorOdds = [1.5, 2, 3, 5, 10, 30, 100] as const;
const slowOdds = [3, 5, 10, 30] as const;
/** Twice the odds of a slow answer are tolerated; for a usual spread of latencies that is a fifth more time. */
const toleratedSlowOdds = 2;
/** The share of slow answers that thresholds are chosen for: one sees the slow end grow, the other one all of it move. */
const levels = { tail: 0.1, body: 0.5 } as const;
/** Fewer of the requests than one in so many are stray ones: too few for a baseline that says anything. */
const strayRequests = 200;
/** The least that is tolerated without a baseline, so that "no errors at all" still is a probability. */
const leastBound = 1e-6;
/** By so much the share of errors of an old release may be larger than it was seen. */
const mostLuck = 3;

export function noMeasures(): Measures {
  const slow = { edge: null, evidence: noEvidence(slowOdds) };
  return { errors: noEvidence(errorOdds), tail: slow, body: slow };
}

export function betsOn(measure: keyof Measures, { falseAlarm }: AnalysisRules): Bets {
  return measure === "errors"
    ? { tolerated: 1, odds: errorOdds, falseAlarm: falseAlarm * parts.errors }
    : { tolerated: toleratedSlowOdds, odds: slowOdds, falseAlarm: falseAlarm * parts[measure] };
}

export function measure(measures: Measures, rules: AnalysisRules, window: MeasuredWindow): Measures {
  return {
    errors: measureErrors(measures.errors, rules, window),
    tail: measureSlowness(measures.tail, "tail", rules, window),
    body: measureSlowness(measures.body, "body", rules, window),
  };
}

/** Whether there is a baseline at the same time, and not only the last requests of users who have not left yet. */
export function hasBaseline({ candidate, baseline }: Pair): boolean {
  return baseline.requests > 0 && baseline.requests * strayRequests >= candidate.requests + baseline.requests;
}

/**
 * The share of errors up to which a release without a baseline is not blamed: what is accepted anyway, or what the old
 * release may have had with bad luck. But few requests that all went well are no excuse for any share of errors, so
 * that luck never is more than three times what was seen.
 */
export function acceptedShare(known: RequestCounts, rules: AnalysisRules, clump: number): number {
  const accepted = Math.max(rules.acceptedErrors, leastBound);
  if (known.requests < enoughToCompare) return accepted;
  const bound = upperBound(errorsOf(known), clump, rules.falseAlarm * parts.bound);
  return Math.max(accepted, Math.min(bound, (mostLuck * known.errors) / known.requests));
}

function measureErrors(evidence: Evidence, rules: AnalysisRules, window: MeasuredWindow): Evidence {
  const pairs = window.synthetic === undefined ? [window.users] : [window.users, window.synthetic];
  const comparisons = pairs.map((pair): Comparison => {
    const candidate = errorsOf(pair.candidate);
    if (hasBaseline(pair)) return { candidate, baseline: errorsOf(pair.baseline) };
    return { candidate, bound: acceptedShare(window.known, rules, clumpsIn(evidence)) };
  });
  return addEvidence(evidence, betsOn("errors", rules), { ...window, comparisons });
}

function measureSlowness(
  { edge: before, evidence: earlier }: SlowEvidence,
  measure: SlowMeasure,
  rules: AnalysisRules,
  window: MeasuredWindow,
): SlowEvidence {
  const { known, users, synthetic } = window;
  const edge = isWithinBlock(earlier) ? before : slowEdge(known, levels[measure], rules.quickMilliseconds, before);
  const evidence = edge === before ? earlier : forgetScatter(earlier);
  if (edge === null) return { edge, evidence };

  const comparisons: Comparison[] = [];
  const candidate = slowerThan(users.candidate, edge);
  if (hasBaseline(users)) {
    comparisons.push({ candidate, baseline: slowerThan(users.baseline, edge) });
  } else {
    const share = upperBound(slowerThan(known, edge), clumpsIn(evidence), rules.falseAlarm * parts.bound);
    comparisons.push({ candidate, bound: Math.max(share, leastBound) });
  }
  // Requests of our own have paths of their own: how long users waited on others says nothing about them.
  if (synthetic !== undefined && hasBaseline(synthetic)) {
    const [ours, theirs] = [slowerThan(synthetic.candidate, edge), slowerThan(synthetic.baseline, edge)];
    comparisons.push({ candidate: ours, baseline: theirs });
  }
  return { edge, evidence: addEvidence(evidence, betsOn(measure, rules), { ...window, comparisons }) };
}

function errorsOf({ requests, errors }: RequestCounts): Tally {
  return { requests, bad: errors };
}

/** All requests of a release, those of users and our own. */
export function inAll(users: RequestCounts, synthetic: RequestCounts | undefined): RequestCounts {
  return synthetic === undefined ? users : addCounts(users, synthetic);
}
