/** Numbers as people read them in a verdict. */
import { latencyEdges, type RequestCounts } from "./counts.ts";
import type { Tally } from "./odds.ts";
import { quantileEdge, slowerThan, type SlowEdge } from "./slowness.ts";

export function count(value: number): string {
  return String(Math.round(value)).replaceAll(/\B(?=(\d{3})+$)/g, ",");
}

/** `4.8 %`, with two digits that say something: `0.012 %`. */
export function percent(share: number): string {
  const value = share * 100;
  if (value === 0) return "0 %";
  const digits = value >= 10 ? 0 : Math.min(4, 1 - Math.floor(Math.log10(value)));
  return `${Number(value.toFixed(digits))} %`;
}

/** `4.8 % errors (24 of 498)`. */
export function errorsIn({ requests, errors }: RequestCounts): string {
  return requests === 0 ? "no requests" : `${percent(errors / requests)} errors (${of({ requests, bad: errors })})`;
}

/** `7.1 % slower than 50 ms (71 of 1,000)`. */
export function slownessIn(counts: RequestCounts, edge: SlowEdge): string {
  const tally = slowerThan(counts, edge);
  if (tally.requests === 0) return "no requests";
  return `${percent(tally.bad / tally.requests)} slower than ${milliseconds(latencyEdges[edge]!)} (${of(tally)})`;
}

/** `p50 ≤ 10 ms, p95 ≤ 50 ms`: buckets tell no more than their edges. */
export function quantilesOf(counts: RequestCounts): string {
  if (slowerThan(counts, 0).requests === 0) return "no requests";
  return ([50, 95] as const).map((rank) => `p${rank} ${upTo(quantileEdge(counts, rank / 100))}`).join(", ");
}

/** What a logarithm of evidence comes to as a chance of being wrong: `1 in 12,000`. */
export function chance(logarithm: number): string {
  const times = Math.exp(logarithm);
  if (times > 1_000_000) return "less than 1 in 1,000,000";
  // Two digits are enough, and rounding down never claims too much.
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(times)) - 1);
  return `1 in ${count(Math.floor(times / unit) * unit)}`;
}

function of({ requests, bad }: Tally): string {
  return `${count(bad)} of ${count(requests)}`;
}

function upTo(edge: number | undefined): string {
  return edge === undefined ? `> ${milliseconds(latencyEdges.at(-1)!)}` : `≤ ${milliseconds(edge)}`;
}

function milliseconds(value: number): string {
  return `${count(value)} ms`;
}
