/** Asking for an approval: what of the policy, the time and the people is fixed for as long as it goes on. */
import type { Answer, ApprovalEvent, ApprovalPolicy, Subject, Terms } from "./approval.ts";
import { hasRight, ownChange, type Today } from "./approval-people.ts";
import { ruleInWords, ruleProblem, type Rule } from "./approval-rule.ts";
import { emptySeats, hasSeat, seatsInWords, type Voter } from "./approval-seats.ts";

/** The rule of a short policy, a list of approvers and a number. */
export function ruleOf({
  approvers,
  quorum,
}: {
  readonly approvers: readonly string[];
  readonly quorum: number;
}): Rule {
  return { kind: "people", count: quorum, people: approvers };
}

/**
 * The request, with the approvers of this moment.
 *
 * Refused when nobody can ever approve it: better now than when the deadline is over.
 */
export function requestApproval(subject: Subject, policy: ApprovalPolicy, today: Today, now: number): Answer {
  const terms = termsOf(policy, now);
  const problem = ruleProblem(everyRule(terms));
  if (problem !== undefined) return { events: [], refusal: { code: "impossible-rule", message: problem } };

  const approvers = approversOf(terms, today);
  const message = outOfReach(subject, terms, approvers);
  if (message !== undefined) return { events: [], refusal: { code: "nobody-may-approve", message } };
  return { events: [{ kind: "requested", subject, terms, approvers }] };
}

/** For who can't wait: a request that ends as it is made, so that it is told and reviewed like every broken glass. */
export function requestWithBrokenGlass(
  subject: Subject,
  policy: ApprovalPolicy,
  today: Today,
  { by, reason, now }: { readonly by: string; readonly reason: string; readonly now: number },
): readonly ApprovalEvent[] {
  const terms = termsOf(policy, now);
  return [
    { kind: "requested", subject, terms, approvers: approversOf(terms, today) },
    { kind: "ended", end: { kind: "broken-glass", by, reason } },
  ];
}

function termsOf(policy: ApprovalPolicy, now: number): Terms {
  const after = (seconds: number): number => now + seconds * 1000;
  return {
    rule: policy.rule,
    mayNotApprove: policy.mayNotApprove,
    deadline: after(policy.withinSeconds),
    reminders: policy.remindAfterSeconds.map(after).toSorted((a, b) => a - b),
    escalations: policy.escalations
      .map(({ afterSeconds, rule }) => ({ at: after(afterSeconds), ...(rule === undefined ? {} : { rule }) }))
      .toSorted((a, b) => a.at - b.at),
    reviewEveryMilliseconds: policy.reviewWithinSeconds * 1000,
  };
}

/** The rule with all that it can be escalated to. */
function everyRule({ rule, escalations }: Terms): Rule {
  return { kind: "any", of: [rule, ...escalations.flatMap((escalation) => escalation.rule ?? [])] };
}

function approversOf(terms: Terms, today: Today): readonly Voter[] {
  const rule = everyRule(terms);
  return [...today]
    .map(([login, { groups }]) => ({ login, groups }))
    .filter((voter) => hasRight(today, voter.login, "approve") && hasSeat(rule, voter))
    .toSorted((a, b) => (a.login < b.login ? -1 : 1));
}

/** Why no decision of these approvers could approve the subject; nothing when some can. */
function outOfReach(subject: Subject, terms: Terms, approvers: readonly Voter[]): string | undefined {
  const objections = approvers.flatMap(({ login }) => ownChange(subject, terms.mayNotApprove, login)?.message ?? []);
  const free = approvers.filter(({ login }) => ownChange(subject, terms.mayNotApprove, login) === undefined);
  const missing = emptySeats(everyRule(terms), free);
  if (missing.length === 0) return undefined;
  return [
    `"${ruleInWords(terms.rule)}" can't be met: nobody is there for ${seatsInWords(missing)}`,
    ...objections,
    "name more approvers, or change the rule",
  ].join("; ");
}
