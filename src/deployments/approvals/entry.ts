/** What is written about a request for approval, before it is. */
import type { ApprovalEvent } from "../../core/approval.ts";
import type { Today } from "../../core/approval-people.ts";
import type { AuditEntry } from "../../ports/store.ts";
import type { PlacedApproval } from "./find.ts";

/** A request as it was read. */
export interface Docket {
  readonly id: string;
  readonly service: string;
  readonly environment: string;
  /** How many events there were; 0 for a new one. */
  readonly seen: number;
  readonly approval?: PlacedApproval;
}

/** What is written about a request. */
export interface Entry {
  readonly docket: Docket;
  readonly events: readonly ApprovalEvent[];
  readonly today: Today;
  readonly at: number;
  readonly audit: readonly AuditEntry[];
}
