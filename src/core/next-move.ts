/**
 * What a deployment does next. Nobody else decides.
 *
 * `nextMove` is pure: it looks at the folded journal and the time, and says one thing. Called again with the same
 * journal it says the same, so a server that died at any line goes on where it was.
 */
import { isApproved, isToBeAsked } from "./approval-gate.ts";
import { room } from "./capacity.ts";
import type { Deployment } from "./deployment.ts";
import { finalStates } from "./deployment.ts";
import { failureMessage, floorMessage } from "./findings.ts";
import { heldByFreeze } from "./freeze-gate.ts";
import type { Move } from "./move.ts";
import { askAgain, finish, goOnWithout, perform } from "./move.ts";
import { nextInRollBack } from "./next-in-roll-back.ts";
import { nextInRollout } from "./next-in-rollout.ts";
import { standing } from "./standing.ts";
import type { Step } from "./step.ts";

export function nextMove(deployment: Deployment, now: number): Move {
  if (finalStates.has(deployment.state)) return { kind: "rest" };
  if (deployment.rollBack !== undefined) return nextInRollBack(deployment, now);
  if (deployment.epoch !== undefined) return nextInRollout(deployment, now);
  return nextBeforeRollout(deployment, now);
}

/** Fetch, build, upload and verify; then wait for the approval and for the turn. Whatever goes wrong here, nothing that serves was touched. */
function nextBeforeRollout(deployment: Deployment, now: number): Move {
  const { prepare, aborted, paused } = deployment;
  if (aborted) return finish("withdrawn", `withdrawn by ${aborted.by}: ${aborted.reason}`);
  if (prepare === undefined) return finish("failed", "it was requested without a plan");
  if (!isThePlanAskedFor(deployment)) return finish("failed", planChanged);
  if (room(deployment) < 1) return finish("failed", floorMessage(deployment));

  // People are asked as soon as there is a plan to show: they think while it is uploaded.
  if (isToBeAsked(deployment) && deployment.waitsBehind === undefined) return { kind: "ask-approval" };

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
  if (isToBeAsked(deployment)) return { kind: "ask-approval" };
  if (!isApproved(deployment)) return { kind: "wait", for: "the approval of its plan" };
  if (paused) return { kind: "wait", for: `${paused.by} to resume it` };
  return heldByFreeze(deployment, now) ?? { kind: "admit" };
}

const planChanged = "the plan is not the one that was asked for: something changed since; look at it again";

function isThePlanAskedFor({ request, digest }: Deployment): boolean {
  return request.plan === undefined || digest === undefined || digest === request.plan;
}

/** Steps that write the release onto hosts need its number. */
function needsRelease(step: Step): boolean {
  return step.kind === "prepare-directories" || step.kind === "upload-artifact" || step.kind === "install-unit";
}
