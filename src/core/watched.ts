/** A rollout that has done all that users notice, and only waits now. */
import type { Deployment } from "./deployment.ts";
import { isWork } from "./step.ts";

/**
 * Whether every step before the watch is done. From then on the candidate has all traffic; what is left is to look at
 * it, and to tidy up.
 */
export function isOnlyWatched({ rollout, progress, rollBack, aborted, state, leftBehind }: Deployment): boolean {
  if (rollout === undefined || rollBack !== undefined || aborted !== undefined || state !== "running") return false;
  const watch = rollout.steps.findIndex(
    (step) => step.kind === "keep-warm" || (step.kind === "analyse" && step.during === "watch"),
  );
  if (watch === -1) return false;
  return rollout.steps.slice(0, watch).every((step, index) => {
    if (!isWork(step)) return true;
    const done = progress.rollout.get(index);
    return step.hosts.every((host) => leftBehind.includes(host) || done?.get(host)?.outcome?.kind === "done");
  });
}
