/** Requests for approval, as clients see them. */
import type { ApprovalView, ReportView } from "./approval-views.ts";
import type { Calls } from "./calls.ts";

export interface ApprovalClient {
  /** `mine`: only those that wait for the caller; `review`: broken glass that nobody has reviewed. */
  list(filter: {
    readonly mine?: boolean;
    readonly open?: boolean;
    readonly review?: boolean;
  }): Promise<readonly ApprovalView[]>;
  /** By its id, or by its deployment's id or number. */
  find(ref: string): Promise<ApprovalView>;
  approve(ref: string, decision: { readonly digest: string; readonly comment?: string }): Promise<ApprovalView>;
  reject(ref: string, decision: { readonly digest: string; readonly reason: string }): Promise<ApprovalView>;
  revoke(ref: string): Promise<ApprovalView>;
  handOver(ref: string, decision: { readonly to: string; readonly reason?: string }): Promise<ApprovalView>;
  withdraw(ref: string, decision: { readonly reason: string }): Promise<ApprovalView>;
  breakGlass(ref: string, decision: { readonly digest: string; readonly reason: string }): Promise<ApprovalView>;
  review(ref: string, decision: { readonly note: string }): Promise<ApprovalView>;
  /** How the work of approving was shared in the last days. */
  report(days: number): Promise<ReportView>;
}

export function approvalClient({ get, post }: Calls): ApprovalClient {
  const decide = async (ref: string, verb: string, decision: object): Promise<ApprovalView> =>
    post(`/approvals/${ref}/${verb}`, decision);
  return {
    list: async (filter) => get("/approvals", { ...filter }),
    find: async (ref) => get(`/approvals/${ref}`),
    approve: async (ref, decision) => decide(ref, "approve", decision),
    reject: async (ref, decision) => decide(ref, "reject", decision),
    revoke: async (ref) => decide(ref, "revoke", {}),
    handOver: async (ref, decision) => decide(ref, "hand-over", decision),
    withdraw: async (ref, decision) => decide(ref, "withdraw", decision),
    breakGlass: async (ref, decision) => decide(ref, "break-glass", decision),
    review: async (ref, decision) => decide(ref, "review", decision),
    report: async (days) => get("/reports/approvals", { days }),
  };
}
