/** What a changed plan does to a request: what was approved is that plan and no other. */
import type { Answer, Approval, Subject } from "./approval.ts";

/**
 * A newer one came for the same service and environment. Nobody has approved yet: the request is about the newer one
 * now. Somebody has: it stays as it is and the newer one waits behind it; one that waited there already
 * (`approval.behind`) is passed over.
 */
export function overtakenBy(approval: Approval, newer: Subject, now: number): Answer {
  const over = alreadyOver(approval, now);
  if (over !== undefined) return over;
  if (isSame(approval.subject, newer) || (approval.behind !== undefined && isSame(approval.behind, newer))) {
    return { events: [] };
  }
  if (approval.approvals.length === 0) return { events: [{ kind: "moved", subject: newer }] };
  return { events: [{ kind: "followed", subject: newer }] };
}

/**
 * The same deployment was planned again. With the same digest that is no change; with another one all approvals are
 * void, and there has to be a new request.
 */
export function replanned(approval: Approval, subject: Subject, now: number): Answer {
  const over = alreadyOver(approval, now);
  if (over !== undefined) return over;
  if (subject.digest === approval.subject.digest) return { events: [] };
  if (approval.approvals.length === 0) return { events: [{ kind: "moved", subject }] };
  return { events: [{ kind: "ended", end: { kind: "voided", digest: subject.digest } }] };
}

/** There is nothing left to approve: its deployment failed before, or was ended. Nothing is refused. */
export function calledOff(approval: Approval, by: string, reason: string, now: number): Answer {
  const over = alreadyOver(approval, now);
  if (over !== undefined) return { events: over.events };
  return { events: [{ kind: "ended", end: { kind: "withdrawn", by, reason } }] };
}

function isSame(one: Subject, other: Subject): boolean {
  return one.deployment === other.deployment && one.digest === other.digest;
}

function alreadyOver({ ended, terms }: Approval, now: number): Answer | undefined {
  if (ended !== undefined) {
    return { events: [], refusal: { code: "ended", message: `the request has ended as ${ended.end.kind}` } };
  }
  if (now < terms.deadline) return undefined;
  const message = "the deadline is over, so the request has expired; it can be made again";
  return { events: [{ kind: "ended", end: { kind: "expired" } }], refusal: { code: "too-late", message } };
}
