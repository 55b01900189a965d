/** What the clock wants of a request. */
import { openAsks, type Approval, type Escalation } from "./approval.ts";
import { countingVoters, isAwayToday, reachableVoters, unaskedVoters, type Today } from "./approval-people.ts";
import { emptySeats, isMet } from "./approval-seats.ts";

export type Due =
  | { readonly kind: "expire" }
  /** Those who have approved are enough, without anybody having said more: one of them may approve again. */
  | { readonly kind: "approve"; readonly by: readonly string[] }
  /** Those who are asked can't meet the rule: nobody was asked yet, or they are away, or have lost the right. */
  | { readonly kind: "ask" }
  | { readonly kind: "escalate"; readonly step: number; readonly escalation: Escalation }
  /** Everybody whose answer is waited for. */
  | { readonly kind: "remind"; readonly reminder: number; readonly whom: readonly string[] }
  | { readonly kind: "remind-of-review"; readonly brokenBy: string };

/**
 * The next thing that has to be done now; after it is written down, the one after that. A request that is found past
 * its deadline expires first, whatever else was missed.
 */
export function due(approval: Approval, today: Today, now: number): Due | undefined {
  const { terms, ended, reminded, escalated, unfilled } = approval;
  if (ended !== undefined) return dueAfterTheEnd(approval, now);
  if (now >= terms.deadline) return { kind: "expire" };

  const voters = countingVoters(approval, today);
  if (isMet(approval.rule, voters)) return { kind: "approve", by: voters.map(({ login }) => login) };

  const escalation = terms.escalations[escalated];
  if (escalation !== undefined && now >= escalation.at) return { kind: "escalate", step: escalated, escalation };

  const mayAsk =
    unfilled === undefined || now >= (unfilled.againAt ?? terms.deadline) || canMoreBeAsked(approval, today, now);
  if (mayAsk && !areEnoughAsked(approval, today, now)) return { kind: "ask" };

  const reminder = terms.reminders.findLastIndex((at) => now >= at);
  const whom = openAsks(approval).map(({ login }) => login);
  if (reminder >= reminded) return { kind: "remind", reminder, whom };
  return undefined;
}

function dueAfterTheEnd({ ended, review, terms, reviewRemindedAt }: Approval, now: number): Due | undefined {
  if (ended?.end.kind !== "broken-glass" || review !== undefined) return undefined;
  const at = (reviewRemindedAt ?? ended.at) + terms.reviewEveryMilliseconds;
  return now >= at ? { kind: "remind-of-review", brokenBy: ended.end.by } : undefined;
}

/** Whether the answers that are waited for would be enough, all of them yes. */
export function areEnoughAsked(approval: Approval, today: Today, now: number): boolean {
  return isMet(approval.rule, [...countingVoters(approval, today), ...reachableVoters(approval, today, now)]);
}

/** Whether somebody is there, sooner than they had said, who would fill a seat that stayed empty. */
function canMoreBeAsked(approval: Approval, today: Today, now: number): boolean {
  const { rule } = approval;
  const counted = [...countingVoters(approval, today), ...reachableVoters(approval, today, now)];
  const there = unaskedVoters(approval, today).filter(({ login }) => !isAwayToday(today, login, now));
  return emptySeats(rule, [...counted, ...there]).length < emptySeats(rule, counted).length;
}

/** When something is due: now, or the first moment after it; never before a person, or a change of people, moves it. */
export function dueAt(approval: Approval, today: Today, now: number): number | undefined {
  const { terms, ended, reviewRemindedAt, unfilled } = approval;
  const absences = openAsks(approval).flatMap(({ login }) => today.get(login)?.away ?? []);
  const moments =
    ended === undefined
      ? [
          terms.deadline,
          ...terms.reminders,
          ...terms.escalations.map(({ at }) => at),
          ...(unfilled?.againAt === undefined ? [] : [unfilled.againAt]),
          ...absences.map(({ from }) => from),
        ]
      : [(reviewRemindedAt ?? ended.at) + terms.reviewEveryMilliseconds];
  const ahead = moments.filter((at) => at > now).toSorted((a, b) => a - b);
  return [now, ...ahead].find((at) => due(approval, today, at) !== undefined);
}
