/** What the events of a request for approval mean for deployments. The two journals are written in one transaction. */
import type { Approval, ApprovalEvent, End } from "../../core/approval.ts";
import { applyApproval } from "../../core/approval-fold.ts";
import { nextOf } from "../../core/approval-next.ts";
import type { DeploymentEvent, FinalState } from "../../core/deployment.ts";

/** An event for the journal of a deployment. */
export interface Consequence {
  readonly deployment: string;
  readonly event: DeploymentEvent;
}

/** @param before missing for a new request, whose first event is `requested` */
export function consequencesOf(
  before: Approval | undefined,
  after: Approval,
  events: readonly ApprovalEvent[],
  at: number,
): readonly Consequence[] {
  if (before === undefined) {
    const { id, subject } = after;
    const asked: Consequence = askedAbout(id, subject);
    const end = after.ended?.end;
    return end === undefined ? [asked] : [asked, ...endOf(after, end)];
  }
  let state = before;
  return events.flatMap((event) => {
    const consequences = consequencesOfOne(state, event);
    state = applyApproval(state, { at, event });
    return consequences;
  });
}

function consequencesOfOne(state: Approval, event: ApprovalEvent): readonly Consequence[] {
  switch (event.kind) {
    case "moved": {
      const { subject } = event;
      const asked = askedAbout(state.id, subject);
      if (subject.deployment === state.subject.deployment) return [asked];
      const message = `a newer deployment (${subject.deployment}) took its place before anybody had approved it`;
      return [finished(state.subject.deployment, "superseded", message), asked];
    }
    case "followed": {
      const { deployment } = event.subject;
      const waits: Consequence = { deployment, event: { kind: "waits-behind", deployment: state.subject.deployment } };
      if (state.behind === undefined || state.behind.deployment === deployment) return [waits];
      return [finished(state.behind.deployment, "superseded", passedOver(deployment)), waits];
    }
    case "ended":
      return endOf(state, event.end);
    default:
      return [];
  }
}

/** Of those that wait behind an approved deployment, only the newest is ever asked about. */
export function passedOver(newer: string): string {
  return `a newer deployment (${newer}) took its place while it waited for the one before it`;
}

function askedAbout(
  approval: string,
  { deployment, digest }: { readonly deployment: string; readonly digest: string },
): Consequence {
  return { deployment, event: { kind: "approval-asked", approval, digest } };
}

function endOf(approval: Approval, end: End): readonly Consequence[] {
  const { id, subject } = approval;
  const { deployment: next } = nextOf(approval, end);
  if (next.kind === "ask-again") return [];
  if (next.kind === "end") return [finished(subject.deployment, next.state, endInWords(end))];
  const { deployment, digest } = subject;
  const by = end.kind === "approved" ? end.by : end.kind === "broken-glass" ? [end.by] : [];
  const because = end.kind === "broken-glass" ? "broken-glass" : "approved";
  return [{ deployment, event: { kind: "approval-given", approval: id, digest, by, because } }];
}

function finished(deployment: string, state: FinalState, message: string): Consequence {
  return { deployment, event: { kind: "finished", state, message, behind: [] } };
}

/** For the journal of the deployment: how the decision ended it. */
export function endInWords(end: End): string {
  switch (end.kind) {
    case "rejected":
      return `rejected by ${end.by}: ${end.reason}`;
    case "expired":
      return "nobody decided about it before its deadline; nothing was changed";
    case "withdrawn":
      return `withdrawn by ${end.by}: ${end.reason}`;
    case "voided":
      return "its plan changed after it was approved, and a newer deployment waits already";
    case "approved":
      return `approved by ${end.by.join(", ")}`;
    case "broken-glass":
      return `${end.by} broke the glass: ${end.reason}`;
  }
}
