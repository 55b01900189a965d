/** What a deployment does next while time passes: soaks, analyses, the watch, and the time in which the old release stays warm. */
import { beginAnalysis, judge } from "./analysis/analysis.ts";
import type { Judgement } from "./analysis/analysis.ts";
import type { Deployment } from "./deployment.ts";
import { targetOf } from "./deployment.ts";
import type { Move } from "./move.ts";
import { givenUp } from "./move.ts";
import { rulesOf } from "./observe.ts";
import type { Wait } from "./step.ts";

export function nextInWait(deployment: Deployment, step: Wait, index: number, now: number): Move | "over" {
  const { paused, watchEndedBy, promotedBy } = deployment;
  const isWatch = step.kind === "keep-warm" || (step.kind === "analyse" && step.during === "watch");
  if (isWatch ? watchEndedBy !== undefined : promotedBy !== undefined) return "over";
  const concluded = deployment.concluded.get(index);
  if (concluded !== undefined) return afterConclusion(deployment, step, concluded);

  const begun = deployment.progress.rollout.get(index)?.get("");
  if (begun === undefined) {
    if (paused !== undefined && !isWatch) return { kind: "wait", for: `${paused.by} to resume it` };
    return { kind: "begin-wait", track: "rollout", index };
  }
  if (step.kind === "analyse") return nextInAnalysis(deployment, step, index, begun.startedAt, now);
  const until = begun.startedAt + step.seconds * 1000;
  return now < until ? { kind: "wait", for: waits[step.kind], until } : "over";
}

/** What a wait waits for, in words. */
const waits = {
  soak: "the soak to end",
  watch: "the watch to end",
  "keep-warm": "the time to end in which the old release stays up",
} as const;

/** The end of an analysis that may be unseen, because a stretch of time is written down a moment after its end. */
const unseenMilliseconds = 3_000;
const lookAgainMilliseconds = 2_000;

type Analyse = Extract<Wait, { kind: "analyse" }>;

/** A candidate that is worse than the baseline fails at once; one that is not has to show it for the whole time. */
function nextInAnalysis(
  deployment: Deployment,
  step: Analyse,
  index: number,
  begunAt: number,
  now: number,
): Move | "over" {
  const rules = rulesOf(deployment.rollout!);
  const state = deployment.observed.analyses.get(index) ?? beginAnalysis(deployment.observed.baseline);
  const judgement = judge(state, rules);
  const conclude = (): Move => ({ kind: "conclude", index, judgement });
  if (judgement.verdict === "fail") return conclude();

  // Time that nobody saw, as while the server was dead, is made up for; but not without an end.
  const until = begunAt + (step.seconds + Math.min(state.missedSeconds, step.seconds)) * 1000;
  if (now < until) return { kind: "wait", for: waits[step.during], until };
  if (deployment.observed.until < until - unseenMilliseconds)
    return { kind: "wait", for: "what happened meanwhile", until: now + lookAgainMilliseconds };
  if (judgement.verdict === "pass" || step.needs === "no-fail") return conclude();

  const longest = begunAt + step.longestSeconds * 1000;
  if (!deployment.narrowed.has(index))
    return {
      kind: "narrow",
      index,
      hosts: [],
      reason: `it is not clear yet, so it is watched longer: ${judgement.sentence}`,
    };
  if (now < longest) return { kind: "wait", for: "a clearer comparison", until: longest };
  return { kind: "wait", for: `a person to promote or abort it: ${judgement.sentence}` };
}

function afterConclusion(deployment: Deployment, step: Wait, { verdict, sentence }: Judgement): Move | "over" {
  if (verdict !== "fail") return "over";
  const reportsOnly =
    step.kind === "analyse" && step.during === "watch" && targetOf(deployment).onWatchFailure === "report";
  return reportsOnly ? "over" : givenUp(deployment, sentence);
}
