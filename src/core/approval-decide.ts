/** What a person's decision does to a request, or why it does nothing. */
import { openAsks, type Answer, type Approval, type ApprovalEvent, type End, type Refusal } from "./approval.ts";
import {
  countingVoters,
  hasRight,
  isAwayToday,
  notAnApprover,
  objection,
  ownChange,
  voterOf,
  type Today,
} from "./approval-people.ts";
import { ruleInWords } from "./approval-rule.ts";
import { hasSeat, isMet } from "./approval-seats.ts";

/** `by` is who is signed in; a link or a name in a message is nobody. `today` has the rights of this moment. */
export type Decision = { readonly by: string; readonly today: Today } & (
  | { readonly kind: "approve"; readonly digest: string; readonly comment?: string }
  | { readonly kind: "reject"; readonly digest: string; readonly reason: string }
  | { readonly kind: "revoke" }
  | { readonly kind: "hand-over"; readonly to: string; readonly reason?: string }
  | { readonly kind: "withdraw"; readonly reason: string }
  | { readonly kind: "break-glass"; readonly digest: string; readonly reason: string }
  | { readonly kind: "review"; readonly note: string }
);

type Kind<K extends Decision["kind"]> = Extract<Decision, { kind: K }>;

/**
 * The first decision that ends a request is the only one. What is decided after the deadline ends it as expired, even
 * if nobody had noticed before that it is over.
 *
 * The answer holds for the state that it was made from: when the journal has moved on, it is read and decided again.
 */
export function decide(approval: Approval, decision: Decision, now: number): Answer {
  if (decision.kind === "review") return review(approval, decision);
  if (approval.ended !== undefined) return afterTheEnd(approval, approval.ended.end, decision);
  if (now >= approval.terms.deadline) {
    return { events: [ended({ kind: "expired" })], refusal: { code: "too-late", message: tooLate } };
  }
  switch (decision.kind) {
    case "approve":
      return approve(approval, decision);
    case "reject":
      return reject(approval, decision);
    case "revoke":
      return revoke(approval, decision);
    case "hand-over":
      return handOver(approval, decision, now);
    case "withdraw":
      return withdraw(approval, decision);
    case "break-glass":
      return breakGlass(approval, decision);
  }
}

const tooLate = "the deadline is over, so the request has expired; it can be made again";

function approve(approval: Approval, decision: Kind<"approve">): Answer {
  const { by, digest, comment, today } = decision;
  const otherPlan = isOtherPlan(approval, digest);
  if (otherPlan !== undefined) return refused(otherPlan);
  if (hasApproved(approval, by)) return nothing;
  const refusal = objection(approval, by, today);
  if (refusal !== undefined) return refused(refusal);

  const voter = voterOf(approval, by, today);
  if (!hasSeat(approval.rule, voter)) return refuse("no-seat", withoutSeat(approval, by));

  const voters = [...countingVoters(approval, today), voter];
  const approved: ApprovalEvent = { kind: "approved", by, digest, ...(comment === undefined ? {} : { comment }) };
  if (!isMet(approval.rule, voters)) return { events: [approved] };
  return { events: [approved, ended({ kind: "approved", by: voters.map(({ login }) => login) })] };
}

/** One no is enough, and also those may say it who may not say yes because of their part in the change. */
function reject(approval: Approval, { by, digest, reason, today }: Kind<"reject">): Answer {
  const refusal =
    isOtherPlan(approval, digest) ?? notAnApprover(approval, by, today) ?? withoutReason(reason, "a rejection");
  if (refusal !== undefined) return refused(refusal);
  if (hasApproved(approval, by)) {
    return refuse("decided-already", `${by} has approved this; the approval can be revoked, then it can be rejected`);
  }
  return { events: [ended({ kind: "rejected", by, reason: reason.trim() })] };
}

function revoke(approval: Approval, { by }: Kind<"revoke">): Answer {
  if (!hasApproved(approval, by)) return refuse("nothing-to-revoke", `${by} has not approved this plan`);
  return { events: [{ kind: "revoked", by }] };
}

function handOver(approval: Approval, decision: Kind<"hand-over">, now: number): Answer {
  const { by, to, reason, today } = decision;
  if (!isAsked(approval, by)) {
    return refuse("not-asked", `${by} was not asked, or has answered, so there is nothing to hand over`);
  }
  const obstacle = cannotTakeOver(approval, to, today, now);
  if (obstacle !== undefined) return refuse("cannot-take-over", obstacle);
  return { events: [{ kind: "handed-over", from: by, to, ...(reason === undefined ? {} : { reason }) }] };
}

function cannotTakeOver(approval: Approval, to: string, today: Today, now: number): string | undefined {
  if (isAsked(approval, to)) return `${to} is asked already`;
  if (hasApproved(approval, to)) return `${to} has approved this already`;
  if (approval.asks.some(({ login, closed }) => login === to && closed?.how === "handed-over")) {
    return `${to} has handed this over, so it does not go back there`;
  }
  const refusal = objection(approval, to, today);
  if (refusal !== undefined) return refusal.message;
  if (isAwayToday(today, to, now)) return `${to} is away`;
  return hasSeat(approval.rule, voterOf(approval, to, today)) ? undefined : withoutSeat(approval, to);
}

function withdraw(approval: Approval, { by, reason, today }: Kind<"withdraw">): Answer {
  if (by !== approval.subject.requestedBy && !hasRight(today, by, "deploy")) {
    return refuse("not-allowed", `${by} did not request this and may not deploy here, so may not withdraw it`);
  }
  const refusal = withoutReason(reason, "a withdrawal");
  return refusal === undefined
    ? { events: [ended({ kind: "withdrawn", by, reason: reason.trim() })] }
    : refused(refusal);
}

function breakGlass(approval: Approval, { by, digest, reason, today }: Kind<"break-glass">): Answer {
  if (!hasRight(today, by, "break-glass")) return refuse("not-allowed", `${by} may not break the glass here`);
  const refusal = isOtherPlan(approval, digest) ?? withoutReason(reason, "breaking the glass");
  if (refusal !== undefined) return refused(refusal);
  return { events: [ended({ kind: "broken-glass", by, reason: reason.trim() })] };
}

/** Who broke the glass, or has a part in the change, is not the one to review it; any other approver of today is. */
function review(approval: Approval, { by, note, today }: Kind<"review">): Answer {
  const end = approval.ended?.end;
  if (end?.kind !== "broken-glass") return refuse("no-review-open", "no glass was broken here");
  if (approval.review?.by === by) return nothing;
  if (approval.review !== undefined) return refuse("no-review-open", `${approval.review.by} has reviewed it already`);
  if (!hasRight(today, by, "approve")) return refuse("not-allowed", `${by} may not approve here, so may not review it`);
  if (end.by === by) return refuse("own-change", `${by} broke the glass; somebody else has to review it`);
  const refusal = ownChange(approval.subject, approval.terms.mayNotApprove, by) ?? withoutReason(note, "a review");
  return refusal === undefined ? { events: [{ kind: "reviewed", by, note: note.trim() }] } : refused(refusal);
}

/** Whoever repeats what they did is told so without an error; for everybody else it is over. */
function afterTheEnd(approval: Approval, end: End, decision: Decision): Answer {
  return isRepeated(approval, end, decision) ? nothing : refuse("ended", endInWords(end));
}

function isRepeated(approval: Approval, end: End, decision: Decision): boolean {
  const { by } = decision;
  switch (end.kind) {
    case "approved":
      return decision.kind === "approve" && decision.digest === approval.subject.digest && hasApproved(approval, by);
    case "rejected":
      return decision.kind === "reject" && end.by === by;
    case "withdrawn":
      return decision.kind === "withdraw" && end.by === by;
    case "broken-glass":
      return decision.kind === "break-glass" && end.by === by;
    case "expired":
    case "voided":
      return false;
  }
}

/** How it ended, for whoever comes too late. */
export function endInWords(end: End): string {
  switch (end.kind) {
    case "approved":
      return `approved by ${end.by.join(", ")} already; to stop it, abort the deployment`;
    case "rejected":
      return `rejected by ${end.by} already: ${end.reason}`;
    case "expired":
      return tooLate;
    case "withdrawn":
      return `withdrawn by ${end.by}: ${end.reason}`;
    case "voided":
      return "void: its plan changed, and the new plan is asked about again";
    case "broken-glass":
      return `${end.by} broke the glass: ${end.reason}`;
  }
}

function isOtherPlan({ subject }: Approval, digest: string): Refusal | undefined {
  if (digest === subject.digest) return undefined;
  const message = `this decision is about plan ${short(digest)}, but the request is about plan ${short(subject.digest)} now; look at it again`;
  return { code: "other-plan", message };
}

function short(digest: string): string {
  return digest.slice(0, 12);
}

function hasApproved({ approvals }: Approval, login: string): boolean {
  return approvals.some(({ by }) => by === login);
}

function isAsked(approval: Approval, login: string): boolean {
  return openAsks(approval).some((ask) => ask.login === login);
}

function withoutSeat({ rule }: Approval, login: string): string {
  return `${login}'s approval does not count for "${ruleInWords(rule)}", which is the rule now`;
}

function withoutReason(reason: string, what: string): Refusal | undefined {
  return reason.trim() === "" ? { code: "reason-missing", message: `${what} needs a reason` } : undefined;
}

const nothing: Answer = { events: [] };

function ended(end: End): ApprovalEvent {
  return { kind: "ended", end };
}

function refuse(code: Refusal["code"], message: string): Answer {
  return refused({ code, message });
}

function refused(refusal: Refusal): Answer {
  return { events: [], refusal };
}
