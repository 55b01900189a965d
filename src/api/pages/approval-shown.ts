/** A request for approval with everything that its page shows. */
import type { Approval } from "../../core/approval.ts";
import type { Deployment } from "../../core/deployment.ts";
import type { RiskLine } from "../../core/risk.ts";
import type { Commit } from "../../ports/git.ts";
import type { Choices } from "./choices.ts";

export interface ApprovalShown {
  readonly approval: Approval;
  readonly service: string;
  readonly environment: string;
  /** What people call the deployment: 12 for d-12. */
  readonly number: number;
  readonly deployment: Deployment;
  readonly risk: readonly RiskLine[];
  readonly commits: readonly Commit[];
  readonly choices: Choices;
  /** By login; who is not in it is called by the login. */
  readonly names: ReadonlyMap<string, string>;
  /** What was just done here. */
  readonly done?: string;
}

/** Commits beyond these are in the risk lines as a number. */
export const mostCommits = 20;
