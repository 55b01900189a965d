/**
 * An abort takes users off the candidate before what still runs on hosts is waited for.
 *
 * It is only ahead of the way back, whose plan begins with the same switch and writes it down. So it may fail, and a
 * server that dies here has done no harm.
 */
import type { Deployment } from "../core/deployment.ts";
import { planRollBack } from "../core/rollback.ts";
import type { World } from "./world.ts";

export async function leaveAtOnce(deployment: Deployment, { traffic }: Pick<World, "traffic">): Promise<void> {
  if (deployment.rollout === undefined || deployment.rollBack !== undefined) return;
  const [first] = planRollBack(deployment).steps;
  if (first?.kind !== "switch-side") return;
  const { target } = deployment.rollout.targets[0];
  await traffic.change(target, { active: first.to, share: 0 }, { evenIfSomeFail: true }).catch(() => {});
}
