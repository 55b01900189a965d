/** Requests for approval as they are kept: each a journal of its own, in the same transactions as the deployments. */
import type { Approval, ApprovalEvent, RecordedApproval } from "../core/approval.ts";

/** Events for one request. They are refused (`JournalConflict`) when somebody else wrote first. */
export interface ApprovalChange {
  readonly approval: string;
  readonly service: string;
  readonly environment: string;
  /** How many events the writer has seen; 0 for a new request. */
  readonly expected: number;
  readonly events: readonly ApprovalEvent[];
  /** The request with the events folded in. */
  readonly after: Approval;
  /** When the clock wants something of it, at the latest; `null` when nothing is due any more. */
  readonly dueAt: number | null;
}

export interface KeptApproval {
  readonly id: string;
  readonly service: string;
  readonly environment: string;
  readonly events: readonly RecordedApproval[];
}

export interface ApprovalFilter {
  readonly service?: string;
  readonly environment?: string;
  /** Only those that have not ended, or only those that have. */
  readonly open?: boolean;
  /** Broken glass that nobody has reviewed. */
  readonly reviewOpen?: boolean;
  /** Requested at this time or later, or still open. */
  readonly since?: number;
  readonly limit?: number;
}

export interface Approvals {
  find(id: string): Promise<KeptApproval | undefined>;
  /** The newest request about a deployment. */
  about(deployment: string): Promise<KeptApproval | undefined>;
  /** The newest first. */
  list(filter: ApprovalFilter): Promise<readonly KeptApproval[]>;
  /** Of which the clock wants something at this time, the longest due first. */
  due(at: number): Promise<readonly string[]>;
  /** How many requests there ever were: decides between people who are alike. */
  count(): Promise<number>;
}
