/** From what was seen to what decisions need: whose requests they were, and what an analysis makes of them. */
import { activations } from "./activations.ts";
import { addWindow, beginAnalysis } from "./analysis/analysis.ts";
import type { AnalysisState, AnalysisWindow } from "./analysis/analysis.ts";
import type { RequestCounts } from "./analysis/counts.ts";
import { addCounts, noRequests } from "./analysis/counts.ts";
import type { Deployment } from "./deployment.ts";
import type { Observation, Observed } from "./observation.ts";
import type { RolloutPlan } from "./plan.ts";
import type { AnalysisRules } from "./service.ts";
import type { MemberName } from "./traffic.ts";

/** What is known after one more stretch of time. */
export function observe(deployment: Deployment, observation: Observation): Observed {
  const { observed } = deployment;
  const { loads, queued, restarts, until } = observation;
  const window = windowOf(deployment, observation);
  const hasLoads = Object.keys(loads).length > 0;
  return {
    until,
    loads: hasLoads ? loads : observed.loads,
    loadsAt: hasLoads ? until : observed.loadsAt,
    peakLoad: Math.max(observed.peakLoad, sum(Object.values(loads))),
    queued,
    restarts: { ...observed.restarts, ...restarts },
    baseline: addCounts(observed.baseline, window.baseline),
    analyses: analysed(deployment, observation, window),
  };
}

/** The analysis that is going on takes the window; time that nobody saw counts as missed. */
function analysed(
  deployment: Deployment,
  { from }: Observation,
  window: AnalysisWindow,
): ReadonlyMap<number, AnalysisState> {
  const { observed } = deployment;
  const index = openAnalysis(deployment);
  if (index === undefined) return observed.analyses;
  const rules = rulesOf(deployment.rollout!);
  const begunAt = deployment.progress.rollout.get(index)!.get("")!.startedAt;
  const missed = (from - Math.max(observed.until, begunAt)) / 1000;
  let state = observed.analyses.get(index) ?? beginAnalysis(observed.baseline);
  if (missed > longestUnseenSeconds) state = addWindow(state, rules, { ...nothing, complete: false, seconds: missed });
  return new Map(observed.analyses).set(index, addWindow(state, rules, window));
}

/** A rollout with several analyses has one chance of a false alarm for all of them together. */
export function rulesOf({ steps, targets }: RolloutPlan): AnalysisRules {
  const { analysis } = targets[0].target;
  const count = steps.filter(({ kind }) => kind === "analyse").length;
  return { ...analysis, falseAlarm: analysis.falseAlarm / Math.max(1, count) };
}

/** Between two windows there is a moment in which a feed is read; more than this is a gap. */
const longestUnseenSeconds = 2;

const nothing: AnalysisWindow = {
  candidate: noRequests,
  baseline: noRequests,
  complete: true,
  seconds: 0,
  restarts: 0,
};

/** The index of the analysis that has begun and has no answer yet. */
export function openAnalysis({ rollout, progress, concluded }: Deployment): number | undefined {
  const index = (rollout?.steps ?? []).findIndex(
    (step, at) => step.kind === "analyse" && progress.rollout.has(at) && !concluded.has(at),
  );
  return index === -1 ? undefined : index;
}

function windowOf(deployment: Deployment, observation: Observation): AnalysisWindow {
  const { members, complete, from, until, synthetic, command } = observation;
  let candidate = noRequests;
  let baseline = noRequests;
  for (const [name, counts] of Object.entries(members) as [MemberName, RequestCounts][]) {
    const arm = armOf(deployment, name, from);
    if (arm === "candidate") candidate = addCounts(candidate, counts);
    if (arm === "baseline") baseline = addCounts(baseline, counts);
  }
  return {
    candidate,
    baseline,
    ...(synthetic === undefined ? {} : { synthetic }),
    complete,
    seconds: (until - from) / 1000,
    restarts: newRestarts(deployment, observation),
    ...(command === undefined ? {} : { command }),
  };
}

/**
 * Which release a member had from then on. Where sides differ, by its side; otherwise by its host, and nobody knows
 * of a host that changed its release meanwhile.
 */
export function armOf(deployment: Deployment, name: MemberName, from: number): "candidate" | "baseline" | undefined {
  const [side, host] = name.split("/") as [string, string];
  const sides = deployment.rollout?.targets[0].sides;
  if (sides !== undefined && sides.candidate !== sides.baseline) {
    return side === sides.candidate ? "candidate" : "baseline";
  }
  const activation = activations(deployment, "rollout").get(host);
  if (activation === undefined) return "baseline";
  return activation.outcome?.kind === "done" && activation.endedAt! <= from ? "candidate" : undefined;
}

function newRestarts(deployment: Deployment, { restarts, from }: Observation): number {
  const { observed, rollout } = deployment;
  const sides = rollout?.targets[0].sides;
  const hasSlots = rollout?.targets[0].target.slots !== undefined && sides?.candidate !== sides?.baseline;
  return sum(
    Object.entries(restarts).map(([key, count]) => {
      const [host = "", slot] = key.split("/");
      const isCandidate = hasSlots
        ? slot === sides?.candidate
        : armOf(deployment, `${sides?.candidate ?? "blue"}/${host}`, from) === "candidate" &&
          activations(deployment, "rollout").get(host)?.outcome?.kind === "done";
      return isCandidate ? Math.max(0, count - (observed.restarts[key] ?? 0)) : 0;
    }),
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
