/** The fold: from a request's events to the state that decisions need. It never decides. */
import type { Approval, ApprovalEvent, Ask, Asked, End, RecordedApproval } from "./approval.ts";

/** Folds all events of a request. The first one must be `requested`. */
export function foldApproval(id: string, events: readonly RecordedApproval[]): Approval {
  const [first, ...rest] = events;
  if (first?.event.kind !== "requested") throw new Error(`the events of ${id} do not begin with a request`);
  return rest.reduce(applyApproval, begin(id, first.at, first.event));
}

function begin(id: string, at: number, event: Extract<ApprovalEvent, { kind: "requested" }>): Approval {
  const { subject, terms, approvers } = event;
  return {
    id,
    requestedAt: at,
    subject,
    terms,
    approvers,
    rule: terms.rule,
    asks: [],
    approvals: [],
    reminded: 0,
    escalated: 0,
  };
}

/** The request after one more event. An event after the end is a mistake of the one who wrote it. */
export function applyApproval(approval: Approval, { at, event }: RecordedApproval): Approval {
  if (event.kind === "reviewed" || event.kind === "review-reminded") return reviewed(approval, at, event);
  if (approval.ended !== undefined) {
    throw new Error(`${approval.id} has ended (${approval.ended.end.kind}); "${event.kind}" can't follow`);
  }
  switch (event.kind) {
    case "requested":
      throw new Error(`${approval.id} was requested twice`);
    case "asked":
      return asked(approval, at, event);
    case "approved": {
      const { by, comment } = event;
      const given = { by, at, ...(comment === undefined ? {} : { comment }) };
      return answered({ ...approval, approvals: [...approval.approvals, given] }, at, by, "approved");
    }
    case "revoked":
      return revoked(approval, event.by);
    case "handed-over":
      return handedOver(approval, at, event);
    case "reminded":
      return { ...approval, reminded: event.reminder + 1 };
    case "escalated":
      return escalated(approval, event.step);
    case "moved":
      return lookAgain({ ...approval, subject: event.subject });
    case "followed":
      return { ...approval, behind: event.subject };
    case "ended":
      return ended(approval, at, event.end);
  }
}

function asked(approval: Approval, at: number, event: Extract<ApprovalEvent, { kind: "asked" }>): Approval {
  const asks = [...approval.asks, ...event.people.map((person) => askOf(person, at, "rotation"))];
  return { ...lookAgain(approval), asks, ...(event.unfilled === undefined ? {} : { unfilled: event.unfilled }) };
}

function askOf(person: Asked, at: number, why: Ask["why"]): Ask {
  return { ...person, at, why };
}

/** Closes the ask of whoever answered; an answer of somebody who was not asked is work done too. */
function answered(approval: Approval, at: number, by: string, how: "approved" | "rejected"): Approval {
  const closed = { at, how };
  const index = approval.asks.findIndex((ask) => ask.login === by && ask.closed === undefined);
  if (index === -1) return { ...approval, asks: [...approval.asks, { login: by, at, why: "unasked", closed }] };
  return { ...approval, asks: approval.asks.with(index, { ...approval.asks[index]!, closed }) };
}

/** The answer is waited for again, if it was asked for. */
function revoked(approval: Approval, by: string): Approval {
  const approvals = approval.approvals.filter((given) => given.by !== by);
  const asks = approval.asks.flatMap((ask) => {
    if (ask.login !== by || ask.closed?.how !== "approved") return [ask];
    return ask.why === "unasked" ? [] : [reopened(ask)];
  });
  return { ...approval, approvals, asks };
}

function reopened({ closed: _, ...ask }: Ask): Ask {
  return ask;
}

function handedOver(approval: Approval, at: number, event: Extract<ApprovalEvent, { kind: "handed-over" }>): Approval {
  const asks = approval.asks.map((ask): Ask =>
    ask.login === event.from && ask.closed === undefined ? { ...ask, closed: { at, how: "handed-over" } } : ask,
  );
  return { ...lookAgain(approval), asks: [...asks, askOf({ login: event.to }, at, "hand-over")] };
}

function escalated(approval: Approval, step: number): Approval {
  const { rule } = approval.terms.escalations[step]!;
  const inForce = rule === undefined ? approval.rule : ({ kind: "any", of: [approval.rule, rule] } as const);
  return { ...lookAgain(approval), rule: inForce, escalated: step + 1 };
}

/** That nobody could be asked may not be so any more. */
function lookAgain({ unfilled: _, ...approval }: Approval): Approval {
  return approval;
}

function ended(before: Approval, at: number, end: End): Approval {
  const approval = end.kind === "rejected" ? answered(before, at, end.by, "rejected") : before;
  const how = end.kind === "expired" ? "expired" : "settled";
  const asks = approval.asks.map((ask): Ask => (ask.closed === undefined ? { ...ask, closed: { at, how } } : ask));
  return { ...approval, asks, ended: { at, end } };
}

function reviewed(
  approval: Approval,
  at: number,
  event: Extract<ApprovalEvent, { kind: "reviewed" | "review-reminded" }>,
): Approval {
  if (approval.ended?.end.kind !== "broken-glass" || approval.review !== undefined) {
    throw new Error(`${approval.id} has nothing to review`);
  }
  if (event.kind === "review-reminded") return { ...approval, reviewRemindedAt: at };
  return { ...approval, review: { at, by: event.by, note: event.note } };
}
