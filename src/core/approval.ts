/**
 * A request for approval is its events, folded: who was asked, who approved, and how it ended. It is about one rollout
 * plan, named by its digest; nothing that was decided about one plan says anything about another.
 *
 * `applyApproval` in `approval-fold.ts` is the only way to change an `Approval`, and decides nothing. `decide` says
 * what a person's decision does, `due` what the clock wants, `replanned` and `overtakenBy` what a changed plan does.
 */
import type { Rule } from "./approval-rule.ts";
import type { Voter } from "./approval-seats.ts";

/** What is asked about, and who can't be the judge of it. */
export interface Subject {
  readonly deployment: string;
  /** Of the rollout plan. */
  readonly digest: string;
  readonly revision?: string;
  readonly requestedBy: string;
  /** Whose push began it; missing: nobody's. */
  readonly pushedBy?: string;
  /** Others who pushed to the same place since what serves there was asked for. */
  readonly alsoPushedBy?: readonly string[];
  /** The logins of those who wrote or committed what is in it and does not serve yet. */
  readonly writtenBy: readonly string[];
}

/** Who may not approve a subject although they are approvers. */
export interface Separation {
  readonly requester: boolean;
  readonly pusher: boolean;
  readonly authors: boolean;
}

/** An environment's rules for approvals, as they are configured. */
export interface ApprovalPolicy {
  readonly rule: Rule;
  readonly mayNotApprove: Separation;
  readonly withinSeconds: number;
  readonly remindAfterSeconds: readonly number[];
  /** In the order of their times. Without a rule, the next in the rotation are asked beside the first ones. */
  readonly escalations: readonly { readonly afterSeconds: number; readonly rule?: Rule }[];
  /** Who has to review a broken glass is reminded each time so long after the last time. */
  readonly reviewWithinSeconds: number;
}

/** A policy as it was when it was asked, with absolute times (milliseconds since 1970). Nothing changes it later. */
export interface Terms {
  readonly rule: Rule;
  readonly mayNotApprove: Separation;
  readonly deadline: number;
  readonly reminders: readonly number[];
  readonly escalations: readonly Escalation[];
  readonly reviewEveryMilliseconds: number;
}

export interface Escalation {
  readonly at: number;
  /** From then on meeting this one is enough too; missing: the rule stays, and the next people are asked. */
  readonly rule?: Rule;
}

export type ApprovalEvent =
  | {
      readonly kind: "requested";
      readonly subject: Subject;
      readonly terms: Terms;
      /** Everybody who could ever approve it, with their groups: nobody comes in later. */
      readonly approvers: readonly Voter[];
    }
  | {
      readonly kind: "asked";
      readonly people: readonly Asked[];
      /** Not everybody who is needed could be asked. */
      readonly unfilled?: Unfilled;
    }
  | { readonly kind: "approved"; readonly by: string; readonly digest: string; readonly comment?: string }
  | { readonly kind: "revoked"; readonly by: string }
  | { readonly kind: "handed-over"; readonly from: string; readonly to: string; readonly reason?: string }
  /** All reminders up to this one (counted from 0) are done: after a night without a server there is one, not three. */
  | { readonly kind: "reminded"; readonly reminder: number }
  | { readonly kind: "escalated"; readonly step: number }
  /** The request is about this plan now; its deadline stays. Only while nobody has approved. */
  | { readonly kind: "moved"; readonly subject: Subject }
  /** A newer one waits until this has ended; one that waited already is passed over. */
  | { readonly kind: "followed"; readonly subject: Subject }
  /** Exactly once, and last but for the review of a broken glass. */
  | { readonly kind: "ended"; readonly end: End }
  | { readonly kind: "review-reminded" }
  | { readonly kind: "reviewed"; readonly by: string; readonly note: string };

export interface Asked {
  readonly login: string;
  /** Whose turn it was, who is away and named this person to stand in. */
  readonly for?: string;
  /** Why this person, in words. */
  readonly because?: string;
}

export interface Unfilled {
  readonly reason: string;
  /** When somebody may be there who can be asked; missing: not before the deadline. */
  readonly againAt?: number;
}

export type End =
  | { readonly kind: "approved"; readonly by: readonly string[] }
  | { readonly kind: "rejected"; readonly by: string; readonly reason: string }
  | { readonly kind: "expired" }
  | { readonly kind: "withdrawn"; readonly by: string; readonly reason: string }
  /** Its plan changed after somebody had approved it; `digest` is the plan's new one. */
  | { readonly kind: "voided"; readonly digest: string }
  | { readonly kind: "broken-glass"; readonly by: string; readonly reason: string };

/** An event in its time: milliseconds since 1970, by the server's clock. */
export interface RecordedApproval {
  readonly at: number;
  readonly event: ApprovalEvent;
}

/** One person was asked, or answered without having been asked. */
export interface Ask extends Asked {
  readonly at: number;
  readonly why: "rotation" | "hand-over" | "unasked";
  readonly closed?: {
    readonly at: number;
    readonly how: "approved" | "rejected" | "handed-over" | "settled" | "expired";
  };
}

export interface Approval {
  readonly id: string;
  readonly requestedAt: number;
  readonly subject: Subject;
  readonly terms: Terms;
  readonly approvers: readonly Voter[];
  /** The rule in force: that of the terms, or one that it was escalated to. */
  readonly rule: Rule;
  readonly asks: readonly Ask[];
  /** Who has approved the subject's plan, in the order of time. */
  readonly approvals: readonly { readonly by: string; readonly at: number; readonly comment?: string }[];
  /** Why nobody else could be asked, and when to try again. */
  readonly unfilled?: Unfilled;
  /** How many of the terms' reminders and escalations are done. */
  readonly reminded: number;
  readonly escalated: number;
  readonly behind?: Subject;
  readonly ended?: { readonly at: number; readonly end: End };
  readonly review?: { readonly at: number; readonly by: string; readonly note: string };
  readonly reviewRemindedAt?: number;
}

/** What is to be written down; with a refusal, what was asked for is not done. Nothing at all: it is done already. */
export interface Answer {
  readonly events: readonly ApprovalEvent[];
  readonly refusal?: Refusal;
}

export interface Refusal {
  readonly code:
    | "ended"
    | "too-late"
    | "other-plan"
    | "not-an-approver"
    | "right-withdrawn"
    | "own-change"
    | "no-seat"
    | "decided-already"
    | "nothing-to-revoke"
    | "reason-missing"
    | "not-asked"
    | "cannot-take-over"
    | "not-allowed"
    | "no-review-open"
    | "nobody-may-approve"
    | "impossible-rule";
  /** For people: what was refused, why, and what to do. */
  readonly message: string;
}

/** Whose answer is waited for. */
export function openAsks({ asks }: Approval): readonly Ask[] {
  return asks.filter(({ closed }) => closed === undefined);
}
