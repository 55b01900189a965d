/**
 * What a deployment does next. Nobody else decides.
 *
 * `nextMove` is pure: it looks at the folded journal and the time, and says one thing. Called again with the same
 * journal it says the same, so a server that died at any line goes on where it was.
 */
import type { Deployment, FinalState, Track } from "./deployment.ts";
import { finalStates } from "./deployment.ts";
import { behind, failureMessage, reachedGoal } from "./findings.ts";
import type { Step, WorkStep } from "./step.ts";
import { isWork } from "./step.ts";
import { standing } from "./standing.ts";

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

  for (const [index, step] of prepare.steps.entries()) {
    if (needsRelease(step) && deployment.rollout === undefined) return { kind: "plan-rollout" };

    if (!isThePlanAskedFor(deployment)) return finish("failed", planChanged);

    const here = standing(deployment, "prepare", index, now);
    if (here.failed.length > 0) return finish("failed", failureMessage(step, here.failed));
    if (here.lost.length > prepare.target.limits.tolerate) return finish("failed", failureMessage(step, here.lost));
    if (here.ready.length > 0) return perform(deployment, "prepare", index, here.ready);
    if (here.retryAt !== undefined) return { kind: "wait", for: "hosts that can't be reached", until: here.retryAt };
  }

  if (deployment.rollout === undefined) return { kind: "plan-rollout" };
  if (!isThePlanAskedFor(deployment)) return finish("failed", planChanged);
  if (paused) return { kind: "wait", for: `${paused.by} to resume it` };
  return { kind: "admit" };
}

/** Batch by batch, until every host serves the goal, something fails, or somebody calls it off. */
function nextInRollout(deployment: Deployment, now: number): Move {
  const { rollout, aborted, paused } = deployment;
  const steps = rollout!.steps;

  for (const [index, step] of steps.entries()) {
    if (!isWork(step)) {
      const soak = nextInSoak(deployment, index, step.seconds, now);
      if (soak === "over") continue;
      return aborted ? givenUp(deployment, abortReason(aborted)) : soak;
    }

    const here = standing(deployment, "rollout", index, now);
    // What was begun on a host is brought to its end before anything else is decided: the answer is needed for that.
    const begun = here.ready.filter((host) => here.begun.has(host));
    if (begun.length > 0 && !aborted) return perform(deployment, "rollout", index, begun);
    if (aborted) return givenUp(deployment, abortReason(aborted));
    if (here.failed.length > 0 && !isBestEffort(step)) return givenUp(deployment, failureMessage(step, here.failed));
    if (here.lost.length > 0 && !isBestEffort(step)) return givenUp(deployment, failureMessage(step, here.lost));

    const stillGoing = here.ready.length > 0 || here.retryAt !== undefined;
    if (stillGoing && paused) return { kind: "wait", for: `${paused.by} to resume it` };
    if (here.ready.length > 0) return perform(deployment, "rollout", index, here.ready);
    if (here.retryAt !== undefined) return { kind: "wait", for: "hosts that can't be reached", until: here.retryAt };
  }

  const left = behind(deployment);
  return finish("succeeded", reachedGoal(deployment, left), left);
}

/** Back to what each touched host served before. A failure here stops and shouts; it never starts over. */
function nextInRollBack(deployment: Deployment, now: number): Move {
  const { rollBack, rollBackReason } = deployment;

  for (const [index, step] of rollBack!.steps.entries()) {
    const here = standing(deployment, "roll-back", index, now);
    if (here.ready.length > 0) return perform(deployment, "roll-back", index, here.ready);
    const bad = [...here.failed, ...here.lost];
    if (bad.length > 0 && !isBestEffort(step)) {
      return finish(
        "rollback-failed",
        `${rollBackReason}; and the roll-back failed: ${failureMessage(step, bad)}`,
        bad.map(([host]) => host),
      );
    }
    if (here.retryAt !== undefined) return { kind: "wait", for: "hosts that can't be reached", until: here.retryAt };
  }
  return finish("rolled-back", rollBackReason!, behind(deployment));
}

/** A rollout that can't go on is rolled back, unless it is a roll-back itself or nothing was touched. */
function givenUp(deployment: Deployment, reason: string): Move {
  if (deployment.request.kind === "roll-back") return finish("rollback-failed", reason, behind(deployment));
  return { kind: "plan-roll-back", reason };
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

function perform(deployment: Deployment, track: Track, index: number, hosts: readonly string[]): Move {
  const plan = { prepare: deployment.prepare, rollout: deployment.rollout, "roll-back": deployment.rollBack }[track];
  const step = plan!.steps[index]!;
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

/** Tidying up never fails a deployment that serves. */
function isBestEffort(step: Step): boolean {
  return step.kind === "prune-releases";
}

function abortReason({ by, reason }: { by: string; reason: string }): string {
  return `aborted by ${by}: ${reason}`;
}

function finish(state: FinalState, message: string, left: readonly string[] = []): Move {
  return { kind: "finish", state, message, behind: left };
}
