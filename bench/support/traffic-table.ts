/** The figures of `bench:traffic` as a table, and what they promise. */
import { markdownTable } from "./markdown.ts";
import type { TrafficFigures } from "./traffic-run.ts";

const heads = [
  "adapter",
  "row",
  "times",
  "requests",
  "failed",
  "POSTs twice",
  "POSTs lost",
  "WebSockets cut",
  "p50 before",
  "during",
  "after",
  "p99 before",
  "during",
  "after",
  "both releases s",
  "all s",
  "back s",
  "generator p99",
] as const;

/** A table in Markdown; latencies in milliseconds, times as medians. */
export function trafficTable(all: readonly TrafficFigures[]): string {
  return markdownTable(heads, all.map(cells), [0, 1]);
}

function cells({ adapter, row, seen, doubled, lost, ...times }: TrafficFigures): string[] {
  const of = (phase: string, quantile: "p50" | "p99"): string => {
    const value = seen.phases[phase]?.[quantile] ?? NaN;
    return Number.isNaN(value) ? "-" : value.toFixed(1);
  };
  return [
    adapter,
    row.title,
    String(times.deploymentSeconds.length),
    String(seen.requests),
    String(seen.failed),
    String(doubled),
    String(lost),
    String(seen.webSockets.cut.length),
    of("before", "p50"),
    of("during", "p50"),
    of("after", "p50"),
    of("before", "p99"),
    of("during", "p99"),
    of("after", "p99"),
    median(times.bothSeconds, 2),
    median(times.deploymentSeconds, 1),
    median(times.backSeconds, 1),
    seen.lag.p99.toFixed(1),
  ];
}

function median(seconds: readonly number[], digits: number): string {
  if (seconds.length === 0) return "-";
  return seconds.toSorted((a, b) => a - b)[Math.floor(seconds.length / 2)]!.toFixed(digits);
}

/** What failed, by kind, one line for each row that had something. */
export function failuresOf(all: readonly TrafficFigures[]): readonly string[] {
  return all.flatMap(({ adapter, row, seen, trouble }) => {
    const kinds = Object.entries(seen.failuresByKind).map(([kind, count]) => `${count} × ${kind}`);
    const lines = kinds.length === 0 ? [] : [`${adapter}, ${row.title}: ${kinds.join(", ")}.`];
    return trouble === undefined ? lines : [...lines, `${adapter}, ${row.title} ended early: ${trouble}`];
  });
}

/** What HAProxy has to hold, in one sentence, and whether it does. */
export function promise(all: readonly TrafficFigures[]): { readonly holds: boolean; readonly sentence: string } {
  const promised = all.filter(({ adapter, row }) => adapter === "haproxy" && row.unnoticed);
  const sum = (of: (one: TrafficFigures) => number): number => promised.reduce((total, one) => total + of(one), 0);
  const failed = sum(({ seen }) => seen.failed);
  const doubled = sum((one) => one.doubled);
  const lost = sum((one) => one.lost);
  const requests = sum(({ seen }) => seen.requests);
  const troubled = promised.some(({ trouble }) => trouble !== undefined);
  return {
    holds: failed === 0 && doubled === 0 && lost === 0 && !troubled,
    sentence: `HAProxy, where nobody may notice: ${failed} of ${requests} requests failed, ${doubled} POSTs were done twice, ${lost} were lost.`,
  };
}
