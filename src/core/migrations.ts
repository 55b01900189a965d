/** What a deployment does to the data of its service, and when it may not. */
import { behind } from "./activations.ts";
import type { Deployment } from "./deployment.ts";

/** Whether its contract migration has begun: from then on no older release can be served again. */
export function hasTakenDataAway({ rollout, progress }: Pick<Deployment, "rollout" | "progress">): boolean {
  const index = contractStep(rollout);
  return index !== -1 && progress.rollout.has(index);
}

/** Whether a contract migration is still to come. */
export function takesDataAwayLater(deployment: Pick<Deployment, "rollout" | "progress">): boolean {
  return contractStep(deployment.rollout) !== -1 && !hasTakenDataAway(deployment);
}

/** Why nothing may be taken away, if so. The release stays, and the migration comes with a later deployment. */
export function whyNoContract(deployment: Deployment): string | undefined {
  const left = behind(deployment);
  if (left.length > 0) return `${left.join(", ")} still has the old release, which needs what it takes away`;
  const failed = [...deployment.concluded.values()].some(({ verdict }) => verdict === "fail");
  return failed ? "the release failed its watch, so the way back stays open" : undefined;
}

function contractStep(rollout: Deployment["rollout"]): number {
  const steps = rollout?.steps ?? [];
  return steps.findIndex((step) => step.kind === "migrate" && step.migration === "contract");
}
