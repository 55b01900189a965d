/** What the pages need of approvals, as one thing, so that tests can tell of risks that are hard to make. */
import type { Today } from "../../core/approval-people.ts";
import type { Deployment } from "../../core/deployment.ts";
import type { RiskLine } from "../../core/risk.ts";
import type { PersonDecision } from "../../deployments/approvals/decide.ts";
import { decideApproval } from "../../deployments/approvals/decide.ts";
import type { PlacedApproval } from "../../deployments/approvals/find.ts";
import { findApproval, listApprovals } from "../../deployments/approvals/find.ts";
import { riskOf } from "../../deployments/approvals/risk.ts";
import { todayIn } from "../../deployments/approvals/today.ts";
import type { World } from "../../deployments/world.ts";
import type { ApprovalFilter } from "../../ports/approvals.ts";

export interface Office {
  /** @throws {UnknownName} */
  find(ref: string): Promise<PlacedApproval>;
  list(filter: ApprovalFilter): Promise<readonly PlacedApproval[]>;
  /** @throws {DecisionRefused} */
  decide(ref: string, decision: PersonDecision, by: string): Promise<PlacedApproval>;
  todayIn(environment: string): Promise<Today>;
  riskOf(deployment: Deployment): Promise<readonly RiskLine[]>;
}

export function officeOf(world: World): Office {
  return {
    find: async (ref) => findApproval(ref, world),
    list: async (filter) => listApprovals(filter, world),
    decide: async (ref, decision, by) => decideApproval(ref, decision, by, world),
    todayIn: async (environment) => todayIn(environment, world),
    riskOf: async (deployment) => riskOf(deployment, world),
  };
}
