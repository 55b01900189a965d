/**
 * What a deployment does next. Nobody else decides.
 *
 * `nextMove` is pure: it looks at the folded journal and the time, and says one thing. Called again with the same
 * journal it says the same, so a server that died at any line goes on where it was.
 */
import { behind, isAnyTouched, notBroughtBack } from "./activations.ts";
import { allowedNow, mayLeaveBehind, room } from "./capacity.ts";
import type { Deployment, FinalState, Track } from "./deployment.ts";
import { finalStates } from "./deployment.ts";
import { failureMessage, floorMessage, reachedGoal } from "./findings.ts";
import type { HostOutcome, Standing } from "./standing.ts";
import { standing, stepOf } from "./standing.ts";
import type { Step, WorkStep } from "./step.ts";
import { isBestEffort, isWork, needsEveryHost } from "./step.ts";

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
  /** Record that the soak began. */
  | { readonly kind: "begin-soak"; readonly track: Track; readonly index: number; readonly seconds: number }
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

/** Batch by batch, until every host serves the goal, something fails, or somebody calls it off. */
function nextInRollout(deployment: Deployment, now: number): Move {
  const { rollout, aborted } = deployment;
  if (aborted) return givenUp(deployment, `aborted by ${aborted.by}: ${aborted.reason}`);

  for (const [index, step] of rollout!.steps.entries()) {
    const move = isWork(step)
      ? nextInStep(deployment, step, index, standing(deployment, "rollout", index, now))
      : nextInSoak(deployment, index, step.seconds, now);
    if (move !== "over") return move;
  }

  const left = behind(deployment);
  return finish("succeeded", reachedGoal(deployment, left), left);
}

function nextInStep(deployment: Deployment, step: WorkStep, index: number, here: Standing): Move | "over" {
  const { paused } = deployment;
  const { open, unknown, ready, failed, absent, lost, retryAt } = here;
  const mayFail = isBestEffort(step);

  if (open.length > 0) return perform(deployment, "rollout", index, open);
  if (failed.length > 0 && !mayFail) return givenUp(deployment, failureMessage(step, failed));
  if (unknown.length > 0) return perform(deployment, "rollout", index, unknown);

  const isOver = ready.length === 0 && retryAt === undefined && (lost.length === 0 || mayFail);
  if (isOver) return "over";
  if (paused)
    return { kind: "wait", for: `${paused.by} to resume it`, ...(retryAt === undefined ? {} : { until: retryAt }) };

  const without = absent.length > 0 ? goOnWithout(deployment, step, absent) : undefined;
  if (without !== undefined) return without;
  if (lost.length > 0 && !mayFail) return givenUp(deployment, failureMessage(step, lost));
  if (ready.length === 0) return askAgain(retryAt!);

  const hosts = step.kind === "activate-release" ? allowedNow(deployment, "rollout", ready) : ready;
  return hosts.length > 0
    ? perform(deployment, "rollout", index, hosts)
    : givenUp(deployment, floorMessage(deployment));
}

function nextInSoak(deployment: Deployment, index: number, seconds: number, now: number): Move | "over" {
  const begun = deployment.progress.rollout.get(index)?.get("");
  if (begun === undefined) {
    return deployment.paused
      ? { kind: "wait", for: `${deployment.paused.by} to resume it` }
      : { kind: "begin-soak", track: "rollout", index, seconds };
  }
  const until = begun.startedAt + seconds * 1000;
  return now < until ? { kind: "wait", for: "the soak to end", until } : "over";
}

/**
 * Back to what each touched host served before. A failure here stops and shouts; it never starts over. A host that
 * can't be asked does not keep the others from going back; it is asked in between, and reported by name in the end.
 */
function nextInRollBack(deployment: Deployment, now: number): Move {
  const steps = deployment.rollBack!.steps.map((_, index) => standing(deployment, "roll-back", index, now));

  const open = steps.findIndex((here) => here.open.length > 0);
  if (open !== -1) return perform(deployment, "roll-back", open, steps[open]!.open);

  const failed = steps.findIndex((here) => here.failed.length > 0);
  if (failed !== -1) return rollBackFailed(deployment, failed, steps[failed]!.failed);

  const next = steps.findIndex(({ unknown, ready }) => unknown.length + ready.length > 0);
  if (next !== -1) {
    const hosts = [...steps[next]!.unknown, ...steps[next]!.ready];
    return perform(deployment, "roll-back", next, allowedNow(deployment, "roll-back", hosts));
  }
  const retries = steps.flatMap(({ retryAt }) => retryAt ?? []);
  if (retries.length > 0) return askAgain(Math.min(...retries));

  const lost = steps.findIndex((here) => here.lost.length > 0);
  if (lost !== -1)
    return rollBackFailed(
      deployment,
      lost,
      steps.flatMap((here) => here.lost),
    );
  return finish("rolled-back", deployment.rollBackReason!);
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
