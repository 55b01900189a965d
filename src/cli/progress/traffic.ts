/** What was seen of the traffic while a deployment goes on, beside the deployment itself. */
import type { Judgement, Verdict } from "../../core/analysis/analysis.ts";
import type { Recorded } from "../../core/deployment.ts";
import type { Observation } from "../../core/observation.ts";
import type { ObservationTotals } from "../../core/observation-totals.ts";
import { addObservation, nothingObserved, requestsOf } from "../../core/observation-totals.ts";
import { safeLine } from "../safe-text.ts";
import type { Style } from "../style.ts";
import type { Cell } from "../table.ts";
import { table } from "../table.ts";
import { count, grouped, inSeconds, percent, took } from "../words.ts";

export interface TrafficSeen {
  readonly totals: ObservationTotals;
  readonly last?: Observation;
}

export const nothingSeen: TrafficSeen = { totals: nothingObserved };

export function see(seen: TrafficSeen, { event }: Pick<Recorded, "event">): TrafficSeen {
  return event.kind === "observed" ? { totals: addObservation(seen.totals, event), last: event } : seen;
}

/** `12,408 requests, 12 failed (0.1 %)`. */
export function requestWords({ requests, failed }: { readonly requests: number; readonly failed: number }): string {
  const share = failed === 0 ? "" : ` (${percent(failed, requests)})`;
  return `${count(requests, "request")}, ${grouped(failed)} failed${share}`;
}

/** One stretch of time: `203 requests, 0 failed in 10 s`, with what is out of the ordinary. */
export function observedWords(seen: Observation): string {
  const parts = [
    `${requestWords(requestsOf(seen))} in ${inSeconds(seen.until - seen.from)}`,
    ...(seen.queued > 0 ? [`${grouped(seen.queued)} waiting at the proxies`] : []),
    ...(seen.complete ? [] : ["some may have been missed"]),
  ];
  return parts.join("; ");
}

/** All that was seen, in one sentence; nothing where nobody looked. */
export function totalWords(totals: ObservationTotals): string | undefined {
  const { requests, prober, missedMilliseconds, observedMilliseconds } = totals;
  if (observedMilliseconds === 0) return undefined;
  const parts = [
    ...(requests === 0 && Object.keys(totals.members).length === 0 ? [] : [requestWords(totals)]),
    ...(prober === undefined ? [] : [proberWords(prober)]),
    ...(missedMilliseconds === 0
      ? []
      : [`for ${inSeconds(missedMilliseconds)} of ${inSeconds(observedMilliseconds)} some may have been missed`]),
  ];
  return parts.length === 0 ? undefined : parts.join("; ");
}

function proberWords({ sent, failed, slowestMilliseconds }: NonNullable<ObservationTotals["prober"]>): string {
  return `asked from outside ${count(sent, "time")}, ${grouped(failed)} failed, slowest ${took(slowestMilliseconds)}`;
}

/** Whether something went wrong in a stretch of time that users would notice. */
export function isFailing(seen: Observation): boolean {
  return requestsOf(seen).failed > 0 || (seen.prober?.failed ?? 0) > 0;
}

/** Why an analysis said what it said. */
export function evidenceTable({ rows }: Pick<Judgement, "rows">, style: Style): readonly string[] {
  if (rows.length === 0) return [];
  const cells = rows.map(({ measure, candidate, baseline, verdict, evidence }): (Cell | string)[] => [
    safeLine(measure),
    safeLine(candidate),
    safeLine(baseline),
    { text: verdict, look: verdictLook(verdict) },
    `${Math.min(evidence, 99).toFixed(2)} of 1`,
  ]);
  return table(["MEASURE", "CANDIDATE", "BASELINE", "VERDICT", "EVIDENCE"], cells, style).trimEnd().split("\n");
}

export function verdictLook(verdict: Verdict): "good" | "bad" | "warn" {
  if (verdict === "pass") return "good";
  return verdict === "fail" ? "bad" : "warn";
}
