/** What a deployment did to the data of its service. */
import type { Deployment } from "./deployment.ts";

/** Whether its contract migration has begun: from then on no older release can be served again. */
export function hasTakenDataAway({ rollout, progress }: Pick<Deployment, "rollout" | "progress">): boolean {
  const steps = rollout?.steps ?? [];
  const index = steps.findIndex((step) => step.kind === "migrate" && step.migration === "contract");
  return index !== -1 && progress.rollout.has(index);
}
