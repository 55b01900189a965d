/** Who may approve: whoever was an approver when it was asked, still is one today, and has no part in the change. */
import { openAsks, type Approval, type Refusal, type Separation, type Subject } from "./approval.ts";
import { isPerson } from "./permissions.ts";
import type { Voter } from "./approval-seats.ts";
import { isAway, type Interval } from "./fairness-presence.ts";

/** What somebody is and may do in the environment now. */
export interface Standing {
  readonly groups: readonly string[];
  readonly rights: readonly ApprovalRight[];
  readonly away: readonly Interval[];
}

/** No right comes with another one: who may do everything else may not approve by that alone. */
export type ApprovalRight = "approve" | "deploy" | "break-glass";

/** By login. Who is not in it has no rights. */
export type Today = ReadonlyMap<string, Standing>;

export function hasRight(today: Today, login: string, right: ApprovalRight): boolean {
  return today.get(login)?.rights.includes(right) === true;
}

export function isAwayToday(today: Today, login: string, now: number): boolean {
  return isAway(today.get(login)?.away ?? [], now);
}

/** Why this person's approval of the subject would not count; nothing when it does. */
export function objection(approval: Approval, login: string, today: Today): Refusal | undefined {
  return notAnApprover(approval, login, today) ?? ownChange(approval.subject, approval.terms.mayNotApprove, login);
}

/** The approvers were fixed with the request, so that nobody becomes one to decide it. */
export function notAnApprover({ approvers }: Approval, login: string, today: Today): Refusal | undefined {
  if (!approvers.some((approver) => approver.login === login)) {
    const message = `${login} is not among the approvers of this request, who were fixed when it was made`;
    return { code: "not-an-approver", message };
  }
  if (hasRight(today, login, "approve")) return undefined;
  const message = `${login} was an approver when this was requested, but may not approve any more`;
  return { code: "right-withdrawn", message };
}

/** Nobody approves what they requested, pushed or wrote, as far as the policy says so. */
export function ownChange(subject: Subject, mayNot: Separation, login: string): Refusal | undefined {
  const part = partIn(subject, mayNot, login);
  if (part === undefined) return undefined;
  return { code: "own-change", message: `${login} ${part} this change, and nobody approves what they ${part}` };
}

function partIn(subject: Subject, mayNot: Separation, login: string): string | undefined {
  const { requestedBy, pushedBy, alsoPushedBy = [], writtenBy } = subject;
  if (mayNot.requester && isPerson(requestedBy, login)) return "requested";
  if (mayNot.pusher && (pushedBy === login || alsoPushedBy.includes(login))) return "pushed";
  return mayNot.authors && writtenBy.includes(login) ? "wrote" : undefined;
}

/** An approver with the groups that they were in at the request and still are in. */
export function voterOf({ approvers }: Approval, login: string, today: Today): Voter {
  const then = approvers.find((approver) => approver.login === login)?.groups ?? [];
  const now = today.get(login)?.groups ?? [];
  return { login, groups: then.filter((group) => now.includes(group)) };
}

/** The approvals that count today: one of somebody who lost the right, or left the group, opens nothing any more. */
export function countingVoters(approval: Approval, today: Today): readonly Voter[] {
  return approval.approvals
    .filter(({ by }) => objection(approval, by, today) === undefined)
    .map(({ by }) => voterOf(approval, by, today));
}

/** Whose answer is waited for, can come, and would count. */
export function reachableVoters(approval: Approval, today: Today, now: number): readonly Voter[] {
  return openAsks(approval)
    .map(({ login }) => login)
    .filter((login) => objection(approval, login, today) === undefined && !isAwayToday(today, login, now))
    .map((login) => voterOf(approval, login, today));
}

/** Approvers who may say yes to this and have not been asked; whoever handed it over is not asked again. */
export function unaskedVoters(approval: Approval, today: Today): readonly Voter[] {
  const asked = new Set(approval.asks.map(({ login }) => login));
  return approval.approvers
    .filter(({ login }) => !asked.has(login) && objection(approval, login, today) === undefined)
    .map(({ login }) => voterOf(approval, login, today));
}
