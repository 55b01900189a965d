/** What a deployment does next in its rollout. */
import { behind } from "./activations.ts";
import { allowedNow } from "./capacity.ts";
import type { Deployment } from "./deployment.ts";
import { targetOf } from "./deployment.ts";
import { failureMessage, floorMessage, reachedGoal } from "./findings.ts";
import { allowedByLoad } from "./load-guard.ts";
import { whyNoContract } from "./migrations.ts";
import type { Move } from "./move.ts";
import { askAgain, finish, givenUp, goOnWithout, perform } from "./move.ts";
import { nextInWait } from "./next-in-wait.ts";
import { drainedHosts, surelyDrained, takesOut } from "./rotation.ts";
import { standing } from "./standing.ts";
import type { Step, WorkStep } from "./step.ts";
import { isBestEffort, isWork } from "./step.ts";

/** Step by step, until every host serves the goal, something fails, or somebody calls it off. */
export function nextInRollout(deployment: Deployment, now: number): Move {
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
