/** Requests for approval as tests need them: short words for people, policies and what happened. */
import type { Approval, ApprovalEvent, ApprovalPolicy, RecordedApproval, Subject } from "../../src/core/approval.ts";
import { decide, type Decision } from "../../src/core/approval-decide.ts";
import { applyApproval, foldApproval } from "../../src/core/approval-fold.ts";
import type { Standing, Today } from "../../src/core/approval-people.ts";
import { requestApproval } from "../../src/core/approval-request.ts";
import type { Rule } from "../../src/core/approval-rule.ts";
import type { Voter } from "../../src/core/approval-seats.ts";

export const hour = 3_600_000;

export const oneOfLeads: Rule = { kind: "group", count: 1, group: "leads" };
export const oneOfDba: Rule = { kind: "group", count: 1, group: "dba" };
export const leadsAndDba: Rule = { kind: "all", of: [oneOfLeads, oneOfDba] };

export function aSubject(differences: Partial<Subject> = {}): Subject {
  return { deployment: "d-1", digest: "a".repeat(64), requestedBy: "dev", writtenBy: [], ...differences };
}

export function aPolicy(differences: Partial<ApprovalPolicy> = {}): ApprovalPolicy {
  return {
    rule: oneOfLeads,
    mayNotApprove: { requester: true, pusher: true, authors: true },
    withinSeconds: 4 * 3600,
    remindAfterSeconds: [2 * 3600],
    escalations: [],
    reviewWithinSeconds: 24 * 3600,
    ...differences,
  };
}

export function anApprover(...groups: readonly string[]): Standing {
  return { groups, rights: ["approve"], away: [] };
}

/** kim and lee are leads, park and choi are dba, both may be said of moon; dev only deploys, root breaks glasses. */
export const people: Readonly<Record<string, Standing>> = {
  kim: anApprover("leads"),
  lee: anApprover("leads"),
  park: anApprover("dba"),
  choi: anApprover("dba"),
  moon: anApprover("leads", "dba"),
  dev: { groups: [], rights: ["deploy"], away: [] },
  root: { groups: [], rights: ["break-glass"], away: [] },
};

export function aToday(differences: Readonly<Record<string, Standing>> = {}): Today {
  return new Map(Object.entries({ ...people, ...differences }));
}

/** A request that was made at 0. */
export function aRequest(
  policy: Partial<ApprovalPolicy> = {},
  subject: Partial<Subject> = {},
  today: Today = aToday(),
): Approval {
  const { events, refusal } = requestApproval(aSubject(subject), aPolicy(policy), today, 0);
  if (refusal !== undefined) throw new Error(refusal.message);
  return foldApproval(
    "a-1",
    events.map((event) => ({ at: 0, event })),
  );
}

/** The request after these events, all at one time. */
export function after(approval: Approval, at: number, ...events: readonly ApprovalEvent[]): Approval {
  return events.reduce((state, event) => applyApproval(state, { at, event }), approval);
}

/** Decisions about the plan of `aSubject()`, on an ordinary day. */
const { digest } = aSubject();
const today = aToday();

export function approve(by: string): Decision {
  return { kind: "approve", by, digest, today };
}

export function reject(by: string, reason = "not now"): Decision {
  return { kind: "reject", by, digest, reason, today };
}

export function revoke(by: string): Decision {
  return { kind: "revoke", by, today };
}

export function approved(by: string): ApprovalEvent {
  return { kind: "approved", by, digest };
}

export function asked(...logins: readonly string[]): ApprovalEvent {
  return { kind: "asked", people: logins.map((login) => ({ login })) };
}

/** The request after a decision that is not refused. */
export function did(approval: Approval, decision: Decision, now = 1): Approval {
  const { events, refusal } = decide(approval, decision, now);
  if (refusal !== undefined) throw new Error(refusal.message);
  return after(approval, now, ...events);
}

/** The code of the refusal; undefined when the decision was taken. */
export function refusalOf(approval: Approval, decision: Decision, now = 1): string | undefined {
  return decide(approval, decision, now).refusal?.code;
}

/** Events that are only appended by whoever has seen all before, as a store does it. */
export class ApprovalJournal {
  readonly events: RecordedApproval[] = [];
  #state: Approval | undefined;

  get version(): number {
    return this.events.length;
  }

  read(): Approval {
    this.#state ??= foldApproval("a-1", this.events);
    return this.#state;
  }

  /** Whether they were written; false: somebody was faster, so it has to be decided again. */
  append(seen: number, at: number, events: readonly ApprovalEvent[]): boolean {
    if (events.length === 0) return true;
    if (seen !== this.version) return false;
    for (const event of events) {
      if (this.events.length > 0) this.#state = applyApproval(this.read(), { at, event });
      this.events.push({ at, event });
    }
    return true;
  }

  get ends(): readonly string[] {
    return this.events.flatMap(({ event }) => (event.kind === "ended" ? [event.end.kind] : []));
  }
}

/** Whether these people meet a rule, by trying everything: who is left over after each part of it. */
export function isMetByTrying(rule: Rule, voters: readonly Voter[]): boolean {
  return leftOver(rule, voters).length > 0;
}

function leftOver(rule: Rule, voters: readonly Voter[]): readonly (readonly Voter[])[] {
  if (rule.kind === "any") return rule.of.flatMap((inner) => leftOver(inner, voters));
  if (rule.kind === "all") {
    return rule.of.reduce<readonly (readonly Voter[])[]>(
      (all, inner) => all.flatMap((left) => leftOver(inner, left)),
      [voters],
    );
  }
  const takeOne = (left: readonly Voter[]): readonly (readonly Voter[])[] =>
    left
      .filter(({ login, groups }) =>
        rule.kind === "group" ? groups.includes(rule.group) : rule.people.includes(login),
      )
      .map((taken) => left.filter((other) => other !== taken));
  let all: readonly (readonly Voter[])[] = [voters];
  for (let taken = 0; taken < rule.count; taken += 1) all = all.flatMap(takeOne);
  return all;
}
