/** What was seen of the requests over a whole deployment: the sum of its observations. */
import { addCounts, noRequests } from "./analysis/counts.ts";
import type { RequestCounts } from "./analysis/counts.ts";
import type { Recorded } from "./deployment.ts";
import type { Observation } from "./observation.ts";
import type { MemberName, Side } from "./traffic.ts";

export interface ObservationTotals {
  /** Requests that users made, with those that no member served. */
  readonly requests: number;
  /** Of these: answers of 500 and above, and requests without a member. */
  readonly failed: number;
  /** Milliseconds of stretches in which requests may have been missed. */
  readonly missedMilliseconds: number;
  readonly observedMilliseconds: number;
  readonly members: Readonly<Record<MemberName, RequestCounts>>;
  /** Asked from outside; missing where nobody asks. */
  readonly prober?: { readonly sent: number; readonly failed: number; readonly slowestMilliseconds: number };
}

export const nothingObserved: ObservationTotals = {
  requests: 0,
  failed: 0,
  missedMilliseconds: 0,
  observedMilliseconds: 0,
  members: {},
};

/** The totals of a whole journal. */
export function totalsOf(journal: readonly Pick<Recorded, "event">[]): ObservationTotals {
  return journal.reduce(
    (totals, { event }) => (event.kind === "observed" ? addObservation(totals, event) : totals),
    nothingObserved,
  );
}

export function addObservation(totals: ObservationTotals, seen: Observation): ObservationTotals {
  const { requests, failed } = requestsOf(seen);
  const milliseconds = Math.max(0, seen.until - seen.from);
  const members: Record<MemberName, RequestCounts> = { ...totals.members };
  for (const [name, counts] of entriesOf(seen.members)) members[name] = addCounts(members[name] ?? noRequests, counts);
  const prober = bothProbers(totals.prober, seen.prober);
  return {
    requests: totals.requests + requests,
    failed: totals.failed + failed,
    missedMilliseconds: totals.missedMilliseconds + (seen.complete ? 0 : milliseconds),
    observedMilliseconds: totals.observedMilliseconds + milliseconds,
    members,
    ...(prober === undefined ? {} : { prober }),
  };
}

/** The users' requests in one stretch of time. */
export function requestsOf({ members, unserved }: Pick<Observation, "members" | "unserved">): {
  readonly requests: number;
  readonly failed: number;
} {
  const served = entriesOf(members).reduce((sum, [, counts]) => addCounts(sum, counts), noRequests);
  return { requests: served.requests + unserved, failed: served.errors + unserved };
}

/** The requests of one side. */
export function sideCounts(members: Readonly<Record<MemberName, RequestCounts>>, side: Side): RequestCounts {
  return entriesOf(members)
    .filter(([name]) => name.startsWith(`${side}/`))
    .reduce((sum, [, counts]) => addCounts(sum, counts), noRequests);
}

function entriesOf(members: Readonly<Record<MemberName, RequestCounts>>): readonly [MemberName, RequestCounts][] {
  return Object.entries(members) as [MemberName, RequestCounts][];
}

type Prober = ObservationTotals["prober"];

function bothProbers(before: Prober, now: Prober): Prober {
  if (before === undefined || now === undefined) return before ?? now;
  return {
    sent: before.sent + now.sent,
    failed: before.failed + now.failed,
    slowestMilliseconds: Math.max(before.slowestMilliseconds, now.slowestMilliseconds),
  };
}
