/** What an approver should know before anything else: how big the step is, and how well it is proven. */
import type { Deployment } from "../../core/deployment.ts";
import type { RiskLine } from "../../core/risk.ts";
import type { World } from "../world.ts";

export async function riskOf(
  _deployment: Deployment,
  _world: Pick<World, "store" | "git" | "clock">,
): Promise<readonly RiskLine[]> {
  return [];
}
