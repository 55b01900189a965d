/**
 * What a deployment does next. Nobody else decides.
 *
 * `nextMove` is pure: it looks at the folded journal and the time, and says one thing. Called again with the same
 * journal it says the same, so a server that died at any line goes on where it was.
 */
import { behind, notBroughtBack } from "./activations.ts";
import { beginAnalysis, judge } from "./analysis/analysis.ts";
import type { Judgement } from "./analysis/analysis.ts";
import { allowedNow, mayLeaveBehind, room } from "./capacity.ts";
import type { Deployment, FinalState, Track } from "./deployment.ts";
import { finalStates, targetOf } from "./deployment.ts";
import { failureMessage, floorMessage, reachedGoal } from "./findings.ts";
import { allowedByLoad } from "./load-guard.ts";
import { hasTakenDataAway, whyNoContract } from "./migrations.ts";
import { rulesOf } from "./observe.ts";
import { drainedHosts, surelyDrained, takesOut } from "./rotation.ts";
import type { HostOutcome } from "./standing.ts";
import { standing, stepOf } from "./standing.ts";
import type { Step, Wait, WorkStep } from "./step.ts";
import { PROXIES, isBestEffort, isWork, needsEveryHost } from "./step.ts";
import { isAnyTouched } from "./touched.ts";

export type Move =
  /** Do this step on these hosts, and record how it ended on each. */
  | {
      readonly kind: "perform";
      readonly track: Track;
      readonly index: number;
      readonly step: WorkStep;
      readonly hosts: readonly string[];
      readonly attempt: number;
    }
  /** Record that a wait of the plan began. */
  | { readonly kind: "begin-wait"; readonly track: Track; readonly index: number }
  /** Record the answer of an analysis. */
  | { readonly kind: "conclude"; readonly index: number; readonly judgement: Judgement }
  /** Record that less than the plan allows is done, with the numbers. */
  | { readonly kind: "narrow"; readonly index: number; readonly hosts: readonly string[]; readonly reason: string }
  /** The artifact is known: number the release, plan the rollout. */
  | { readonly kind: "plan-rollout" }
  /** Take the lock of the service in its environment, when it is free. */
  | { readonly kind: "admit" }
  /** Record that the deployment goes on without these hosts. */
  | { readonly kind: "leave-behind"; readonly hosts: readonly string[]; readonly message: string }
  | { readonly kind: "plan-roll-back"; readonly reason: string }
  /** Nothing to do before this time, or before another event. */
  | { readonly kind: "wait"; readonly for: string; readonly until?: number }
  | {
      readonly kind: "finish";
      readonly state: FinalState;
      readonly message: string;
      readonly behind: readonly string[];
    }
  /** It has ended. */
  | { readonly kind: "rest" };

export function nextMove(deployment: Deployment, now: number): Move {
  if (finalStates.has(deployment.state)) return { kind: "rest" };
  if (deployment.rollBack !== undefined) return nextInRollBack(deployment, now);
  if (deployment.epoch !== undefined) return nextInRollout(deployment, now);
  return nextBeforeRollout(deployment, now);
}

/** Fetch, build, upload and verify; then wait for the turn. Whatever goes wrong here, nothing that serves was touched. */
function nextBeforeRollout(deployment: Deployment, now: number): Move {
  const { prepare, aborted, paused } = deployment;
  if (aborted) return finish("withdrawn", `withdrawn by ${aborted.by}: ${aborted.reason}`);
  if (prepare === undefined) return finish("failed", "it was requested without a plan");
  if (!isThePlanAskedFor(deployment)) return finish("failed", planChanged);
  if (room(deployment) < 1) return finish("failed", floorMessage(deployment));

  for (const [index, step] of prepare.steps.entries()) {
    if (needsRelease(step) && deployment.rollout === undefined) return { kind: "plan-rollout" };

    const here = standing(deployment, "prepare", index, now);
    if (here.failed.length > 0) return finish("failed", failureMessage(step, here.failed));
    if (here.lost.length > 0) {
      return goOnWithout(deployment, step, here.lost) ?? finish("failed", failureMessage(step, here.lost));
    }
    const hosts = [...here.open, ...here.unknown, ...here.ready];
    if (hosts.length > 0) return perform(deployment, "prepare", index, hosts);
    if (here.retryAt !== undefined) return askAgain(here.retryAt);
  }

  if (deployment.rollout === undefined) return { kind: "plan-rollout" };
  if (paused) return { kind: "wait", for: `${paused.by} to resume it` };
  return { kind: "admit" };
}

/** Step by step, until every host serves the goal, something fails, or somebody calls it off. */
function nextInRollout(deployment: Deployment, now: number): Move {
  const { rollout, aborted } = deployment;
  if (aborted) return givenUp(deployment, `aborted by ${aborted.by}: ${aborted.reason}`);

  for (const [index, step] of rollout!.steps.entries()) {
    if (step.kind === "migrate" && step.migration === "contract" && isHeldBack(deployment, index)) continue;
    const move = isWork(step) ? nextInStep(deployment, step, index, now) : nextInWait(deployment, step, index, now);
    if (move !== "over") return move;
  }

  const left = behind(deployment);
  return finish("succeeded", reachedGoal(deployment, left), left);
}

/** A contract migration that may not run now does not spoil a release that serves. */
function isHeldBack(deployment: Deployment, index: number): boolean {
  return !deployment.progress.rollout.has(index) && whyNoContract(deployment) !== undefined;
}

/** @param among of the step's hosts only these: they are ahead of the others of their batch */
function nextInStep(
  deployment: Deployment,
  step: WorkStep,
  index: number,
  now: number,
  among?: ReadonlySet<string>,
): Move | "over" {
  const { open, unknown, ready, failed, absent, lost, retryAt } = standing(deployment, "rollout", index, now, among);
  const mayFail = isBestEffort(step);

  if (open.length > 0) return perform(deployment, "rollout", index, open);
  if (failed.length > 0 && !mayFail) return givenUp(deployment, failureMessage(step, failed));
  if (unknown.length > 0) return perform(deployment, "rollout", index, unknown);

  const isOver = ready.length === 0 && retryAt === undefined && (lost.length === 0 || mayFail);
  if (isOver) return "over";
  const held = heldByPause(deployment, step, retryAt);
  if (held !== undefined) return nextForDrained(deployment, index, now) ?? held;

  const without = absent.length > 0 ? goOnWithout(deployment, step, absent) : undefined;
  if (without !== undefined) return without;
  if (lost.length > 0 && !mayFail) return givenUp(deployment, failureMessage(step, lost));
  if (ready.length === 0) return askAgain(retryAt!);
  if (takesOut(step)) return nextToLeave(deployment, step, index, ready, now);
  return heldByLoad(deployment, step, index, ready, now) ?? perform(deployment, "rollout", index, ready);
}

/** What has left the rotation comes back before a pause holds anything. */
function heldByPause({ paused, ...deployment }: Deployment, step: Step, retryAt: number | undefined): Move | undefined {
  const isInMotion = step.kind !== "drain" && drainedHosts({ ...deployment }, "rollout").size > 0;
  if (paused === undefined || isInMotion) return undefined;
  return { kind: "wait", for: `${paused.by} to resume it`, ...(retryAt === undefined ? {} : { until: retryAt }) };
}

/**
 * The hosts that may leave the rotation now, by the floor and by the load that the others would have to carry. Where
 * it is fewer than the batch, those that left are brought back before the rest follows.
 */
function nextToLeave(
  deployment: Deployment,
  step: WorkStep,
  index: number,
  ready: readonly string[],
  now: number,
): Move {
  const byFloor = allowedNow(deployment, "rollout", ready);
  if (byFloor.length === 0)
    return nextForDrained(deployment, index, now) ?? givenUp(deployment, floorMessage(deployment));
  if (step.kind !== "drain") return perform(deployment, "rollout", index, byFloor);
  const held = heldByLoad(deployment, step, index, byFloor, now);
  if (held === undefined) return perform(deployment, "rollout", index, byFloor);
  const isForNow = held.kind === "wait" || held.kind === "finish" || held.kind === "plan-roll-back";
  return (isForNow ? nextForDrained(deployment, index, now) : undefined) ?? held;
}

/** What the capacity guard has against the step on all of these hosts, if anything: fewer of them, a wait, or the end. */
function heldByLoad(
  deployment: Deployment,
  step: WorkStep,
  index: number,
  hosts: readonly string[],
  now: number,
): Move | undefined {
  const allowance = allowedByLoad(deployment, step, hosts, now);
  if (allowance.kind === "look")
    return { kind: "wait", for: "the load of the hosts", until: now + lookAgainMilliseconds };
  const isNoted = deployment.narrowed.has(index);
  if (allowance.kind === "go") {
    const isLess = allowance.hosts.length < hosts.length;
    if (!isLess && allowance.without === undefined) return undefined;
    const reason = allowance.without ?? `${allowance.hosts.length} at once is what the others can carry`;
    if (!isNoted) return { kind: "narrow", index, hosts: allowance.hosts, reason };
    return isLess ? perform(deployment, "rollout", index, allowance.hosts) : undefined;
  }
  const { reason } = allowance;
  if (!isNoted) return { kind: "narrow", index, hosts: [], reason };
  const patientUntil = deployment.progressAt + targetOf(deployment).limits.progressSeconds * 1000;
  if (now >= patientUntil) return givenUp(deployment, `the capacity guard: ${reason}`);
  return {
    kind: "wait",
    for: `the capacity guard: ${reason}`,
    until: Math.min(now + lookAgainMilliseconds, patientUntil),
  };
}

const lookAgainMilliseconds = 2_000;
/** The end of an analysis that may be unseen, because a stretch of time is written down a moment after its end. */
const unseenMilliseconds = 3_000;

/** The rest of the way for hosts of a batch that were drained ahead of the others. */
function nextForDrained(deployment: Deployment, index: number, now: number): Move | undefined {
  const drained = surelyDrained(deployment);
  if (drained.size === 0) return undefined;
  const steps = deployment.rollout!.steps;
  for (let later = index + 1; later < steps.length; later += 1) {
    const step = steps[later]!;
    if (!isWork(step) || step.kind === "drain") return undefined;
    const move = nextInStep(deployment, step, later, now, drained);
    if (move !== "over") return move;
    if (step.kind === "readmit") return undefined;
  }
  return undefined;
}

function nextInWait(deployment: Deployment, step: Wait, index: number, now: number): Move | "over" {
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

/**
 * Back to what each touched host served before. A failure here stops and shouts; it never starts over. A host that
 * can't be asked does not keep the others from going back; it is asked in between, and reported by name in the end.
 */
function nextInRollBack(deployment: Deployment, now: number): Move {
  const plan = deployment.rollBack!.steps;
  const steps = plan.map((_, index) => standing(deployment, "roll-back", index, now));

  const open = steps.findIndex((here) => here.open.length > 0);
  if (open !== -1) return perform(deployment, "roll-back", open, steps[open]!.open);

  const failed = steps.findIndex((here, index) => here.failed.length > 0 && !isBestEffort(plan[index]!));
  if (failed !== -1) return rollBackFailed(deployment, failed, steps[failed]!.failed);

  for (const [index, { unknown, ready }] of steps.entries()) {
    const hosts = [...unknown, ...ready].filter((host) => isItsTurn(deployment, index, host));
    if (hosts.length === 0) continue;
    const allowed = takesOut(plan[index]!) ? allowedNow(deployment, "roll-back", hosts) : hosts;
    return perform(deployment, "roll-back", index, allowed);
  }
  const retries = steps.flatMap(({ retryAt }) => retryAt ?? []);
  if (retries.length > 0) return askAgain(Math.min(...retries));

  const lost = steps.findIndex((here, index) => here.lost.length > 0 && !isBestEffort(plan[index]!));
  if (lost !== -1)
    return rollBackFailed(
      deployment,
      lost,
      steps.flatMap((here) => here.lost),
    );
  // Nobody can tell whether they are fit for users, so they stay out until somebody, or their proxy's deadline, decides.
  const out = [...drainedHosts(deployment, "rollout")].filter((host) => deployment.leftBehind.includes(host));
  return finish("rolled-back", deployment.rollBackReason!, out);
}

/** A host takes one step after the other, and what is done on the proxies comes before all that follows it. */
function isItsTurn(deployment: Deployment, index: number, host: string): boolean {
  return deployment.rollBack!.steps.slice(0, index).every((step, earlier) => {
    if (!isWork(step)) return true;
    const isDone = (place: string): boolean =>
      deployment.progress["roll-back"].get(earlier)?.get(place)?.outcome?.kind === "done";
    if (step.hosts[0] === PROXIES) return isDone(PROXIES);
    // The proxies are told when everybody is ready; those that can't be asked are reported, not waited for.
    return host === PROXIES ? true : !(step.hosts as readonly string[]).includes(host) || isDone(host);
  });
}

function rollBackFailed(deployment: Deployment, index: number, hosts: readonly HostOutcome[]): Move {
  const failure = failureMessage(stepOf(deployment, "roll-back", index), hosts);
  const message = `${deployment.rollBackReason}; and the roll-back failed: ${failure}`;
  return finish("rollback-failed", message, notBroughtBack(deployment));
}

/** A rollout that can't go on is rolled back, unless it is a roll-back itself or nothing was touched. */
function givenUp(deployment: Deployment, reason: string): Move {
  if (!isAnyTouched(deployment)) return finish("failed", `${reason}; no host was changed`);
  if (deployment.request.kind === "roll-back") return finish("rollback-failed", reason, behind(deployment));
  if (hasTakenDataAway(deployment)) {
    const message = `${reason}; its contract migration has begun, so there is no way back to a release that needs the old data`;
    return finish("rollback-failed", message, behind(deployment));
  }
  return { kind: "plan-roll-back", reason };
}

function goOnWithout(deployment: Deployment, step: WorkStep, hosts: readonly HostOutcome[]): Move | undefined {
  const names = hosts.map(([host]) => host);
  if (needsEveryHost(step) || !mayLeaveBehind(deployment, names)) return undefined;
  return { kind: "leave-behind", hosts: names, message: failureMessage(step, hosts) };
}

function askAgain(until: number): Move {
  return { kind: "wait", for: "hosts that can't be reached", until };
}

function perform(deployment: Deployment, track: Track, index: number, hosts: readonly string[]): Move {
  const step = stepOf(deployment, track, index);
  if (!isWork(step)) throw new Error(`step ${index} of the ${track} plan of ${deployment.id} is a wait`);
  return { kind: "perform", track, index, step, hosts, attempt: 1 };
}

const planChanged = "the plan is not the one that was asked for: something changed since; look at it again";

function isThePlanAskedFor({ request, digest }: Deployment): boolean {
  return request.plan === undefined || digest === undefined || digest === request.plan;
}

/** Steps that write the release onto hosts need its number. */
function needsRelease(step: Step): boolean {
  return step.kind === "prepare-directories" || step.kind === "upload-artifact" || step.kind === "install-unit";
}

function finish(state: FinalState, message: string, left: readonly string[] = []): Move {
  return { kind: "finish", state, message, behind: left };
}
