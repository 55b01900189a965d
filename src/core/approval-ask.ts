/** Asking people, first and when it is escalated: the rotation says whom, and it is written down with its reason. */
import type { Answer, Approval, ApprovalEvent, Ask } from "./approval.ts";
import type { Due } from "./approval-due.ts";
import { applyApproval } from "./approval-fold.ts";
import { countingVoters, objection, reachableVoters, voterOf, type Standing, type Today } from "./approval-people.ts";
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
 * Does what `due` wants of the rotation. An escalation that makes the rule easier may find that it is met already;
 * then that is its end.
 */
export function ask(
  approval: Approval,
  wanted: Extract<Due, { kind: "ask" | "escalate" }>,
  today: Today,
  rotation: Rotation,
  now: number,
): Answer {
  if (wanted.kind === "ask") return asking(approval, reachableVoters(approval, today, now), today, rotation, now, []);

  const escalated: ApprovalEvent = { kind: "escalated", step: wanted.step };
  const after = applyApproval(approval, { at: now, event: escalated });
  const voters = countingVoters(after, today);
  if (isMet(after.rule, voters)) {
    const by = voters.map(({ login }) => login);
    return { events: [escalated, { kind: "ended", end: { kind: "approved", by } }] };
  }
  const inPlace = wanted.escalation.rule === undefined ? after : { ...after, rule: wanted.escalation.rule };
  return asking(inPlace, [], today, rotation, now, [escalated]);
}

/** @param waitedFor who keeps a seat because their answer may still come; at an escalation that is nobody */
function asking(
  approval: Approval,
  waitedFor: readonly Voter[],
  today: Today,
  { asks, turn, members }: Rotation,
  now: number,
  before: readonly ApprovalEvent[],
): Answer {
  const { people, unfilled } = chooseWhom({
    rule: approval.rule,
    taken: [...countingVoters(approval, today), ...waitedFor],
    members: askable(approval, today).map((voter) => memberOf(voter, today.get(voter.login)!, members)),
    asks,
    now,
    turn,
  });
  return { events: [...before, { kind: "asked", people, ...(unfilled === undefined ? {} : { unfilled }) }] };
}

/** Approvers who may say yes to this and have not been asked; whoever handed it over is not asked again. */
function askable(approval: Approval, today: Today): readonly Voter[] {
  const asked = new Set(approval.asks.map(({ login }) => login));
  return approval.approvers
    .filter(({ login }) => !asked.has(login) && objection(approval, login, today) === undefined)
    .map(({ login }) => voterOf(approval, login, today));
}

function memberOf({ login, groups }: Voter, { away }: Standing, members: Rotation["members"]): Member {
  return { login, groups, away, ...members.get(login) };
}
