/** What an approval holds up of a deployment: nothing but its rollout. */
import type { Deployment } from "./deployment.ts";

/** Whether the rollout may begin: nobody has to approve it, or this very plan was approved. */
export function isApproved({ policy, approval, digest }: Deployment): boolean {
  if (policy === undefined) return true;
  return approval?.given !== undefined && digest !== undefined && approval.digest === digest;
}

/** Whether people have to be asked about the plan as it is now. */
export function isToBeAsked({ policy, approval, digest }: Deployment): boolean {
  return policy !== undefined && digest !== undefined && approval?.digest !== digest;
}

/** Whether everything before the rollout is done on each host that the deployment goes on with. */
export function isStaged({ prepare, rollout, progress, leftBehind }: Deployment): boolean {
  if (prepare === undefined || rollout === undefined) return false;
  return prepare.steps.every((step, index) => {
    const done = progress.prepare.get(index);
    return step.hosts.every((host) => leftBehind.includes(host) || done?.get(host)?.outcome?.kind === "done");
  });
}
