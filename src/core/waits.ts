/** In which wait a rollout is, and until when: for people, and for verbs that make sense in some waits alone. */
import type { Judgement } from "./analysis/analysis.ts";
import { judge } from "./analysis/analysis.ts";
import type { Deployment } from "./deployment.ts";
import { finalStates } from "./deployment.ts";
import { openAnalysis, rulesOf } from "./observe.ts";
import type { Step, Wait } from "./step.ts";
import { isWork } from "./step.ts";

export interface CurrentWait {
  readonly index: number;
  readonly step: Wait;
  readonly begunAt: number;
}

/** The wait that goes on; nothing while a step is done, on the way back, and at the end. */
export function currentWait(deployment: Deployment): CurrentWait | undefined {
  if (deployment.rollBack !== undefined || finalStates.has(deployment.state)) return undefined;
  const begun = deployment.progress.rollout;
  const index = Math.max(-1, ...begun.keys());
  const step = deployment.rollout?.steps[index];
  const progress = begun.get(index)?.get("");
  if (step === undefined || isWork(step) || progress === undefined) return undefined;
  const isEnded = isWatch(step) ? deployment.watchEndedBy !== undefined : deployment.promotedBy !== undefined;
  return isEnded || deployment.concluded.has(index) ? undefined : { index, step, begunAt: progress.startedAt };
}

/** Whether an analysis was not clear in its longest time, so that the rollout waits until a person says how it goes on. */
export function waitsForAPerson(deployment: Deployment, now: number): boolean {
  const wait = currentWait(deployment);
  if (wait?.step.kind !== "analyse" || wait.step.needs !== "pass" || deployment.aborted !== undefined) return false;
  return now >= wait.begunAt + Math.max(wait.step.seconds, wait.step.longestSeconds) * 1000;
}

/** What the analysis that goes on says so far. */
export function judgementSoFar(deployment: Deployment): Judgement | undefined {
  const index = openAnalysis(deployment);
  const state = index === undefined ? undefined : deployment.observed.analyses.get(index);
  return state === undefined ? undefined : judge(state, rulesOf(deployment.rollout!));
}

/** The release serves everywhere, and what is left is to watch it and to keep the old one warm. */
export function onlyWatches(deployment: Deployment): boolean {
  const wait = currentWait(deployment);
  return wait !== undefined && isWatch(wait.step);
}

export interface WatchTimes {
  /** When the release has been watched long enough, if nothing happens; missing: it is over, or there is none. */
  readonly watchedUntil?: number;
  /** Until when the old release stays up beside the new one, at the earliest. */
  readonly warmUntil?: number;
  /** When all of it is over, at the earliest. */
  readonly until: number;
}

/** When the last waits end; nothing as long as the rollout itself goes on. */
export function watchTimes(deployment: Deployment): WatchTimes | undefined {
  const wait = currentWait(deployment);
  if (wait === undefined || !isWatch(wait.step)) return undefined;
  let until = wait.begunAt;
  let times: Omit<WatchTimes, "until"> = {};
  for (const step of deployment.rollout!.steps.slice(wait.index)) {
    if (!isWatch(step)) continue;
    until += step.seconds * 1000;
    times = { ...times, [step.kind === "analyse" ? "watchedUntil" : "warmUntil"]: until };
  }
  return { ...times, until };
}

function isWatch(step: Step): step is Extract<Wait, { kind: "analyse" | "keep-warm" }> {
  return step.kind === "keep-warm" || (step.kind === "analyse" && step.during === "watch");
}
