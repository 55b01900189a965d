/**
 * What a freeze holds up of a deployment: the beginning of its rollout. Never its preparation, never a rollout that
 * goes on, never the way back.
 *
 * The calendar is looked at outside; what it said is written into the journal, so that the decision can be replayed.
 */
import type { Deployment, DeploymentEvent } from "./deployment.ts";
import type { Freeze } from "./freeze.ts";
import type { Move } from "./move.ts";

/** Whether a freeze counts for this deployment at this point. */
export function canBeFrozen({ request, epoch, finished, freezePassedBy }: Deployment): boolean {
  return request.kind === "deploy" && epoch === undefined && finished === undefined && freezePassedBy === undefined;
}

/** What has to be written down when the calendar says this of the place now; nothing when the journal says it already. */
export function freezeNews(deployment: Deployment, freeze: Freeze | undefined): DeploymentEvent | undefined {
  const { frozen } = deployment;
  const glass = brokenGlass(deployment);
  if (freeze !== undefined && glass !== undefined) return { kind: "freeze-passed", ...glass };
  if (freeze === undefined) return frozen === undefined ? undefined : { kind: "thawed" };
  const { sentence, until } = freeze;
  if (frozen?.sentence === sentence && frozen.until === until) return undefined;
  return { kind: "frozen", sentence, ...(until === undefined ? {} : { until }) };
}

/** Who can't wait for the approvers can't wait for the end of a freeze. */
function brokenGlass({ request, approval }: Deployment): { readonly by: string; readonly reason: string } | undefined {
  if (request.breakGlass !== undefined) return { by: request.by, reason: request.breakGlass };
  const given = approval?.given;
  if (given?.because !== "broken-glass") return undefined;
  return { by: given.by.join(", "), reason: "the glass was broken" };
}

/** At its end the calendar is looked at again, when the deployment is admitted. */
export function heldByFreeze(deployment: Deployment, now: number): Move | undefined {
  const { frozen } = deployment;
  if (frozen === undefined || !canBeFrozen(deployment) || brokenGlass(deployment) !== undefined) return undefined;
  const { sentence, until } = frozen;
  if (until === undefined) return { kind: "wait", for: `the end of a freeze: ${sentence}` };
  return now < until ? { kind: "wait", for: `the end of a freeze: ${sentence}`, until } : undefined;
}
