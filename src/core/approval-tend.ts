/** Doing what the clock wants: reminding, expiring, and asking people, of whom the rotation says who it is. */
import type { Answer, Approval, ApprovalEvent, Ask } from "./approval.ts";
import { due, type Due } from "./approval-due.ts";
import { applyApproval } from "./approval-fold.ts";
import { countingVoters, reachableVoters, unaskedVoters, type Standing, type Today } from "./approval-people.ts";
import { isMet, type Voter } from "./approval-seats.ts";
import { chooseWhom } from "./fairness.ts";
import type { Member } from "./fairness-load.ts";

/** What the rotation has to know. */
export interface Rotation {
  readonly asks: readonly Ask[];
  readonly turn: number;
  /** By login; who is not in it has no wishes. */
  readonly members: ReadonlyMap<string, Pick<Member, "standIn" | "since" | "most">>;
}

/**
 * Does one thing of those that are due, as its events; none when nothing is. Whoever calls it again and again until
 * then, and again at `dueAt`, has done all that a clock has to do.
 *
 * An escalation that makes the rule easier may find that it is met already; then that is its end.
 */
export function tend(approval: Approval, today: Today, rotation: Rotation, now: number): Answer {
  const wanted = due(approval, today, now);
  switch (wanted?.kind) {
    case undefined:
      return { events: [] };
    case "expire":
      return { events: [{ kind: "ended", end: { kind: "expired" } }] };
    case "approve":
      return { events: [{ kind: "ended", end: { kind: "approved", by: wanted.by } }] };
    case "remind":
      return { events: [{ kind: "reminded", reminder: wanted.reminder }] };
    case "remind-of-review":
      return { events: [{ kind: "review-reminded" }] };
    case "ask":
      return { events: [asking(approval, reachableVoters(approval, today, now), today, rotation, now)] };
    case "escalate":
      return escalate(approval, wanted, today, rotation, now);
  }
}

function escalate(
  approval: Approval,
  { step, escalation }: Extract<Due, { kind: "escalate" }>,
  today: Today,
  rotation: Rotation,
  now: number,
): Answer {
  const escalated: ApprovalEvent = { kind: "escalated", step };
  const after = applyApproval(approval, { at: now, event: escalated });
  const voters = countingVoters(after, today);
  if (isMet(after.rule, voters)) {
    const by = voters.map(({ login }) => login);
    return { events: [escalated, { kind: "ended", end: { kind: "approved", by } }] };
  }
  const asked = asking({ ...after, rule: escalation.rule ?? after.rule }, [], today, rotation, now);
  return { events: [escalated, asked] };
}

/** @param waitedFor who keeps a seat because their answer may still come; at an escalation that is nobody */
function asking(
  approval: Approval,
  waitedFor: readonly Voter[],
  today: Today,
  { asks, turn, members }: Rotation,
  now: number,
): ApprovalEvent {
  const { people, unfilled } = chooseWhom({
    rule: approval.rule,
    taken: [...countingVoters(approval, today), ...waitedFor],
    members: unaskedVoters(approval, today).map((voter) => memberOf(voter, today.get(voter.login)!, members)),
    asks,
    now,
    turn,
  });
  return { kind: "asked", people, ...(unfilled === undefined ? {} : { unfilled }) };
}

function memberOf({ login, groups }: Voter, { away }: Standing, members: Rotation["members"]): Member {
  return { login, groups, away, ...members.get(login) };
}
