/** From which latency on an answer counts as slow, and how many do. */
import { latencyEdges, type RequestCounts } from "./counts.ts";
import type { Tally } from "./odds.ts";

/** So many answers of the baseline must be known before anything is compared with them. */
export const enoughToCompare = 100;

/** Thresholds move only when the share of slow answers is off by so much: each move costs what was learned of clumps. */
const slack = 1.5;

/** An index of `latencyEdges`; everything above that edge is slow. */
export type SlowEdge = number;

/**
 * The lowest edge that at most `level` of the known answers exceed, but never below `quickMilliseconds`.
 *
 * @param known answers of the old release from before the window that is judged: a threshold that has seen what it
 *   judges would fit itself to chance
 * @returns null while too little is known, or when everything that can be told apart is quick enough
 */
export function slowEdge(
  known: RequestCounts,
  level: number,
  quickMilliseconds: number,
  current: SlowEdge | null,
): SlowEdge | null {
  if (slowerThan(known, 0).requests < enoughToCompare) return null;
  const lowest = latencyEdges.findIndex((edge) => edge >= quickMilliseconds);
  if (lowest === -1) return null;
  const exceeds = (edge: SlowEdge, share: number): boolean => {
    const { requests, bad } = slowerThan(known, edge);
    return bad > share * requests;
  };
  if (current !== null && current >= lowest) {
    const stillHighEnough = !exceeds(current, level * slack);
    const stillLowEnough = current === lowest || exceeds(current - 1, level / slack);
    if (stillHighEnough && stillLowEnough) return current;
  }
  const edges = latencyEdges.map((_milliseconds, index) => index).slice(lowest);
  return edges.find((edge) => !exceeds(edge, level)) ?? latencyEdges.length - 1;
}

export function slowerThan({ buckets }: RequestCounts, edge: SlowEdge): Tally {
  const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
  return { requests: sum(buckets), bad: sum(buckets.slice(edge + 1)) };
}

/** The upper edge of the bucket in which the quantile is, in milliseconds; undefined above the last edge or without requests. */
export function quantileEdge(counts: RequestCounts, quantile: number): number | undefined {
  const { requests } = slowerThan(counts, 0);
  if (requests === 0) return undefined;
  const index = latencyEdges.findIndex((_edge, at) => slowerThan(counts, at).bad <= (1 - quantile) * requests);
  return latencyEdges[index];
}
