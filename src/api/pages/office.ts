/** What the pages need of approvals. */
import type { Approval } from "../../core/approval.ts";
import type { Decision } from "../../core/approval-decide.ts";
import type { Today } from "../../core/approval-people.ts";
import type { Deployment } from "../../core/deployment.ts";
import type { RiskLine } from "../../core/risk.ts";
import type { ApprovalFilter } from "../../ports/approvals.ts";

type WithoutPerson<D> = D extends unknown ? Omit<D, "by" | "today"> : never;

export type PersonDecision = WithoutPerson<Decision>;

export interface PlacedApproval extends Approval {
  readonly service: string;
  readonly environment: string;
}

export interface Office {
  /** @throws {UnknownName} */
  find(ref: string): Promise<PlacedApproval>;
  list(filter: ApprovalFilter): Promise<readonly PlacedApproval[]>;
  decide(ref: string, decision: PersonDecision, by: string): Promise<PlacedApproval>;
  todayIn(environment: string): Promise<Today>;
  riskOf(deployment: Deployment): Promise<readonly RiskLine[]>;
}
