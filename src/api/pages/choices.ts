/** What somebody can do about a request now: the rules themselves are asked, so the page offers what will be taken. */
import type { Approval } from "../../core/approval.ts";
import type { Decision } from "../../core/approval-decide.ts";
import { decide } from "../../core/approval-decide.ts";
import type { Today } from "../../core/approval-people.ts";

export interface Choices {
  readonly approve: boolean;
  readonly reject: boolean;
  readonly revoke: boolean;
  readonly withdraw: boolean;
  readonly breakGlass: boolean;
  readonly review: boolean;
  /** Logins. */
  readonly handOverTo: readonly string[];
}

export function choicesOf(approval: Approval, by: string, today: Today, now: number): Choices {
  const { digest } = approval.subject;
  const reason = "to see whether it would be taken";
  const isTaken = (decision: Decision): boolean => {
    const { events, refusal } = decide(approval, decision, now);
    return refusal === undefined && events.length > 0;
  };
  const who = { by, today };
  return {
    approve: isTaken({ ...who, kind: "approve", digest }),
    reject: isTaken({ ...who, kind: "reject", digest, reason }),
    revoke: isTaken({ ...who, kind: "revoke" }),
    withdraw: isTaken({ ...who, kind: "withdraw", reason }),
    breakGlass: isTaken({ ...who, kind: "break-glass", digest, reason }),
    review: isTaken({ ...who, kind: "review", note: reason }),
    handOverTo: approval.approvers
      .map(({ login }) => login)
      .filter((to) => to !== by && isTaken({ ...who, kind: "hand-over", to })),
  };
}
