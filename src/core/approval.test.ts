import { describe, expect, it } from "vitest";

import {
  aPolicy,
  aRequest,
  aSubject,
  aToday,
  after,
  anApprover,
  hour,
  leadsAndDba,
  oneOfDba,
  oneOfLeads,
  people,
} from "../../test/support/approvals.ts";
import type { Approval, ApprovalEvent } from "./approval.ts";
import { decide, type Decision } from "./approval-decide.ts";
import { applyApproval, foldApproval } from "./approval-fold.ts";
import { gate, nextOf } from "./approval-next.ts";
import { calledOff, overtakenBy, replanned } from "./approval-plan-change.ts";
import { requestApproval, ruleOf } from "./approval-request.ts";

const digest = aSubject().digest;
const other = "b".repeat(64);
const today = aToday();
const approve = (by: string): Decision => ({ kind: "approve", by, digest, today });
const reject = (by: string, reason = "not now"): Decision => ({ kind: "reject", by, digest, reason, today });
const revoke = (by: string): Decision => ({ kind: "revoke", by, today });
const handOver = (by: string, to: string): Decision => ({ kind: "hand-over", by, to, today });
const breakGlass = (by: string, reason = "the shop is down"): Decision => ({
  kind: "break-glass",
  by,
  digest,
  reason,
  today,
});
const approved = (by: string): ApprovalEvent => ({ kind: "approved", by, digest });
const asked = (...logins: readonly string[]): ApprovalEvent => ({
  kind: "asked",
  people: logins.map((login) => ({ login })),
});
const refusal = (approval: Approval, decision: Decision, now = 1): string | undefined =>
  decide(approval, decision, now).refusal?.code;
const did = (approval: Approval, decision: Decision, now = 1): Approval => {
  const { events, refusal: refused } = decide(approval, decision, now);
  if (refused !== undefined) throw new Error(refused.message);
  return after(approval, now, ...events);
};

describe("a request for approval", () => {
  it("is about one plan, for the approvers of that moment, until a fixed time", () => {
    const request = aRequest({ rule: leadsAndDba });
    expect(request.approvers.map(({ login }) => login)).toEqual(["choi", "kim", "lee", "moon", "park"]);
    expect(request.terms).toMatchObject({ deadline: 4 * hour, reminders: [2 * hour] });
    expect(request.subject).toEqual(aSubject());
  });

  it("is refused when nobody could approve it", () => {
    const policy = aPolicy({ rule: { kind: "people", count: 1, people: ["kim"] } });
    expect(requestApproval(aSubject({ writtenBy: ["kim"] }), policy, today, 0).refusal).toEqual({
      code: "nobody-may-approve",
      message:
        '"kim" can\'t be met: nobody is there for kim; kim wrote this change, and nobody approves what they wrote; name more approvers, or change the rule',
    });
  });

  it("is made when only an escalation can approve it", () => {
    const rule = { kind: "people", count: 1, people: ["kim"] } as const;
    const policy = aPolicy({ rule, escalations: [{ afterSeconds: 60, rule: oneOfLeads }] });
    expect(requestApproval(aSubject({ writtenBy: ["kim"] }), policy, today, 0).refusal).toBeUndefined();
  });

  it("is refused with a rule that can't be", () => {
    const policy = aPolicy({ rule: ruleOf({ approvers: ["kim"], quorum: 2 }) });
    expect(requestApproval(aSubject(), policy, today, 0).refusal?.code).toBe("impossible-rule");
  });

  it("does not take in people who may not approve, whatever else they may", () => {
    const withoutRight = aToday({ kim: { groups: ["leads"], rights: ["deploy", "break-glass"], away: [] } });
    expect(aRequest({}, {}, withoutRight).approvers.map(({ login }) => login)).toEqual(["lee", "moon"]);
  });
});

describe("an approval", () => {
  it("ends the request when the rule is met", () => {
    expect(decide(aRequest(), approve("kim"), 1).events).toEqual([
      approved("kim"),
      { kind: "ended", end: { kind: "approved", by: ["kim"] } },
    ]);
  });

  it("waits for the others of a rule", () => {
    const request = aRequest({ rule: leadsAndDba });
    const half = did(request, approve("kim"));
    expect(half.ended).toBeUndefined();
    expect(did(half, approve("lee")).ended).toBeUndefined();
    expect(did(half, approve("park")).ended?.end).toEqual({ kind: "approved", by: ["kim", "park"] });
  });

  it("takes one seat, even of somebody who belongs to both groups", () => {
    const half = did(aRequest({ rule: leadsAndDba }), approve("moon"));
    expect(half.ended).toBeUndefined();
    expect(did(half, approve("park")).ended?.end.kind).toBe("approved");
  });

  it("that is repeated changes nothing, before the end and after it", () => {
    const half = did(aRequest({ rule: leadsAndDba }), approve("kim"));
    expect(decide(half, approve("kim"), 2)).toEqual({ events: [] });
    const whole = did(half, approve("park"));
    expect(decide(whole, approve("kim"), 5 * hour)).toEqual({ events: [] });
    expect(decide(whole, approve("lee"), 2)).toEqual({
      events: [],
      refusal: { code: "ended", message: "approved by kim, park already; to stop it, abort the deployment" },
    });
  });

  it("can be taken back as long as the rule is not met", () => {
    const back = did(did(aRequest({ rule: leadsAndDba }), approve("kim")), revoke("kim"));
    expect(did(back, approve("park")).ended).toBeUndefined();
    expect(refusal(back, revoke("kim"))).toBe("nothing-to-revoke");
    expect(refusal(did(aRequest(), approve("kim")), revoke("kim"))).toBe("ended");
  });

  it("of another plan is refused, and says why", () => {
    expect(decide(aRequest(), { kind: "approve", by: "kim", digest: other, today }, 1)).toEqual({
      events: [],
      refusal: {
        code: "other-plan",
        message:
          "this decision is about plan bbbbbbbbbbbb, but the request is about plan aaaaaaaaaaaa now; look at it again",
      },
    });
  });

  it.each<readonly [string, string, Approval, Decision]>([
    ["a stranger", "not-an-approver", aRequest(), approve("mallory")],
    ["somebody who may only deploy", "not-an-approver", aRequest(), approve("dev")],
    ["somebody with the name of a built-in", "not-an-approver", aRequest(), approve("__proto__")],
    ["who requested it", "own-change", aRequest({}, { requestedBy: "kim" }), approve("kim")],
    ["who pushed it", "own-change", aRequest({}, { pushedBy: "kim" }), approve("kim")],
    ["who wrote it", "own-change", aRequest({}, { writtenBy: ["lee", "kim"] }), approve("kim")],
    [
      "an approver of an escalation that is still to come",
      "no-seat",
      aRequest({
        escalations: [{ afterSeconds: 60, rule: { kind: "people", count: 1, people: ["park"] } }],
      }),
      approve("park"),
    ],
    [
      "who has lost the right since",
      "right-withdrawn",
      aRequest(),
      { ...approve("kim"), today: aToday({ kim: { ...people["kim"]!, rights: [] } }) },
    ],
    [
      "who has left the group since",
      "no-seat",
      aRequest(),
      { ...approve("kim"), today: aToday({ kim: anApprover() }) },
    ],
    [
      "who became an approver since",
      "not-an-approver",
      aRequest(),
      { ...approve("eve"), today: aToday({ eve: anApprover("leads") }) },
    ],
    [
      "who came into the group since",
      "no-seat",
      aRequest({ escalations: [{ afterSeconds: 60, rule: oneOfDba }] }),
      { ...approve("park"), today: aToday({ park: anApprover("leads", "dba") }) },
    ],
  ])("of %s is refused: %s", (_who, code, request, decision) => {
    expect(refusal(request, decision)).toBe(code);
  });

  it("of who has a part in it counts where the policy says so", () => {
    const mayNotApprove = { requester: false, pusher: false, authors: false };
    const own = { requestedBy: "kim", pushedBy: "kim", writtenBy: ["kim"] };
    expect(did(aRequest({ mayNotApprove }, own), approve("kim")).ended?.end.kind).toBe("approved");
  });

  it("does not count any more when its giver has lost the right before the others came", () => {
    const half = did(aRequest({ rule: leadsAndDba }), approve("kim"));
    const without = aToday({ kim: { ...people["kim"]!, rights: [] } });
    const still = did(half, { ...approve("park"), today: without });
    expect(still.ended).toBeUndefined();
    expect(did(still, { ...approve("lee"), today: without }).ended?.end).toEqual({
      kind: "approved",
      by: ["park", "lee"],
    });
  });
});

describe("a rejection", () => {
  it("by one approver is enough, and has a reason", () => {
    expect(did(aRequest({ rule: leadsAndDba }), reject("kim", " tests are red ")).ended?.end).toEqual({
      kind: "rejected",
      by: "kim",
      reason: "tests are red",
    });
    expect(refusal(aRequest(), reject("kim", " \n"))).toBe("reason-missing");
  });

  it("may come from who wrote the change, but not from a stranger", () => {
    expect(did(aRequest({}, { writtenBy: ["kim"] }), reject("kim")).ended?.end.kind).toBe("rejected");
    expect(refusal(aRequest(), reject("mallory"))).toBe("not-an-approver");
    expect(refusal(aRequest(), { kind: "reject", by: "kim", digest: other, reason: "no", today })).toBe("other-plan");
  });

  it("after an own approval needs that to be revoked first", () => {
    const half = did(aRequest({ rule: leadsAndDba }), approve("kim"));
    expect(refusal(half, reject("kim"))).toBe("decided-already");
    expect(did(did(half, revoke("kim")), reject("kim")).ended?.end.kind).toBe("rejected");
  });

  it("can't be overruled by an approval", () => {
    const rejected = did(aRequest(), reject("kim"));
    expect(refusal(rejected, approve("lee"))).toBe("ended");
    expect(decide(rejected, reject("kim"), 2)).toEqual({ events: [] });
    expect(gate(rejected, digest)).toEqual({ kind: "closed", because: "not-approved" });
  });
});

describe("the deadline", () => {
  const decisions = [approve("kim"), reject("kim"), breakGlass("root"), revoke("kim")];

  it("is over at its millisecond: whatever comes then finds it expired", () => {
    for (const decision of decisions) {
      expect(decide(aRequest(), decision, 4 * hour)).toMatchObject({
        events: [{ kind: "ended", end: { kind: "expired" } }],
        refusal: { code: "too-late" },
      });
    }
    expect(did(aRequest(), approve("kim"), 4 * hour - 1).ended?.end.kind).toBe("approved");
  });

  it("is not lifted by a clock that is set back", () => {
    const expired = after(aRequest(), 4 * hour, { kind: "ended", end: { kind: "expired" } });
    expect(refusal(expired, approve("kim"), 1)).toBe("ended");
  });
});

describe("handing over", () => {
  const request = after(aRequest(), 0, asked("kim"));

  it("gives the question to another approver", () => {
    const over = did(request, handOver("kim", "lee"));
    expect(over.asks.map(({ login, why, closed }) => [login, why, closed?.how])).toEqual([
      ["kim", "rotation", "handed-over"],
      ["lee", "hand-over", undefined],
    ]);
    expect(refusal(over, handOver("lee", "kim"))).toBe("cannot-take-over");
  });

  const away = aToday({ lee: { ...people["lee"]!, away: [{ from: 0, until: hour }] } });
  const escalating = aRequest({ escalations: [{ afterSeconds: 60, rule: leadsAndDba }] });

  it.each<readonly [string, string, Approval, Decision]>([
    ["not-asked", "who was not asked", request, handOver("lee", "moon")],
    ["cannot-take-over", "a stranger", request, handOver("kim", "mallory")],
    ["cannot-take-over", "oneself", request, handOver("kim", "kim")],
    ["cannot-take-over", "who is away", request, { ...handOver("kim", "lee"), today: away }],
    ["cannot-take-over", "who wrote it", aRequest({}, { writtenBy: ["lee"] }), handOver("kim", "lee")],
    ["cannot-take-over", "an approver who has no seat yet", escalating, handOver("kim", "park")],
  ])("is refused: %s, %s", (code, _who, from, decision) => {
    expect(refusal(after(from, 0, ...(from === request ? [] : [asked("kim")])), decision)).toBe(code);
  });
});

describe("withdrawing", () => {
  it("is for who requested it and for who may deploy there", () => {
    const withdraw = (by: string, reason = "later"): Decision => ({ kind: "withdraw", by, reason, today });
    expect(did(aRequest({}, { requestedBy: "moon" }), withdraw("moon")).ended?.end.kind).toBe("withdrawn");
    expect(did(aRequest({}, { requestedBy: "moon" }), withdraw("dev")).ended?.end.kind).toBe("withdrawn");
    expect(refusal(aRequest(), withdraw("kim"))).toBe("not-allowed");
    expect(refusal(aRequest(), withdraw("dev", ""))).toBe("reason-missing");
  });

  it("happens by itself when there is nothing left to approve", () => {
    const { events } = calledOff(aRequest(), "signalbox", "its build failed");
    const over = after(aRequest(), 1, ...events);
    expect(over.ended?.end).toEqual({ kind: "withdrawn", by: "signalbox", reason: "its build failed" });
    expect(calledOff(over, "signalbox", "again")).toEqual({ events: [] });
  });
});

describe("breaking the glass", () => {
  const broken = did(aRequest(), breakGlass("root"));

  it("opens the gate without an approval, with a name and a reason", () => {
    expect(broken.ended?.end).toEqual({ kind: "broken-glass", by: "root", reason: "the shop is down" });
    expect(gate(broken, digest)).toEqual({ kind: "open", because: "broken-glass" });
    expect(nextOf(broken, broken.ended!.end)).toMatchObject({ review: true, deployment: { kind: "go-on" } });
    expect(nextOf(broken, broken.ended!.end).tell).toContain("approvers");
  });

  it("needs the right, a reason, and the plan that it is about", () => {
    expect(refusal(aRequest(), breakGlass("kim"))).toBe("not-allowed");
    expect(refusal(aRequest(), breakGlass("root", ""))).toBe("reason-missing");
    expect(refusal(aRequest(), { ...breakGlass("root"), digest: other } as Decision)).toBe("other-plan");
  });

  it("is reviewed once, by an approver who had nothing to do with it", () => {
    const review = (by: string, note = "it was right"): Decision => ({ kind: "review", by, note, today });
    expect(refusal(aRequest(), review("kim"))).toBe("no-review-open");
    expect(refusal(broken, review("dev"))).toBe("not-allowed");
    expect(refusal(broken, review("kim", ""))).toBe("reason-missing");
    const both = aToday({ root: { groups: [], rights: ["break-glass", "approve"], away: [] } });
    expect(refusal(broken, { ...review("root"), today: both })).toBe("own-change");
    const wrote = did(aRequest({}, { writtenBy: ["kim"] }), breakGlass("root"));
    expect(refusal(wrote, review("kim"))).toBe("own-change");

    const reviewed = did(broken, review("kim"), 9);
    expect(reviewed.review).toEqual({ at: 9, by: "kim", note: "it was right" });
    expect(decide(reviewed, review("kim"), 10)).toEqual({ events: [] });
    expect(refusal(reviewed, review("lee"))).toBe("no-review-open");
  });
});

describe("a plan that changes", () => {
  const newer = aSubject({ deployment: "d-2", digest: other });
  const half = did(aRequest({ rule: leadsAndDba }), approve("kim"));

  it("takes the request along as long as nobody has approved it; the deadline stays", () => {
    const request = aRequest();
    const moved = after(request, 7, ...overtakenBy(request, newer, 7).events);
    expect(moved.subject).toEqual(newer);
    expect(moved.terms).toEqual(request.terms);
    expect(refusal(moved, approve("kim"))).toBe("other-plan");
    expect(did(moved, { kind: "approve", by: "kim", digest: other, today }).ended?.end.kind).toBe("approved");
  });

  it("takes nobody along who has a part in the newer one", () => {
    const request = aRequest();
    const moved = after(request, 7, ...overtakenBy(request, { ...newer, writtenBy: ["kim"] }, 7).events);
    expect(refusal(moved, { kind: "approve", by: "kim", digest: other, today })).toBe("own-change");
  });

  it("waits behind as soon as somebody has approved, the newest alone", () => {
    const waiting = after(half, 7, ...overtakenBy(half, newer, 7).events);
    expect(waiting.subject).toEqual(aSubject());
    expect(waiting.behind).toEqual(newer);
    const newest = aSubject({ deployment: "d-3", digest: "c".repeat(64) });
    const later = after(waiting, 8, ...overtakenBy(waiting, newest, 8).events);
    expect(later.behind).toEqual(newest);
    expect(overtakenBy(later, newest, 9)).toEqual({ events: [] });
    expect(did(later, approve("park")).ended?.end.kind).toBe("approved");
  });

  it("voids what was approved of it", () => {
    const { events } = replanned(half, aSubject({ digest: other }), 7);
    const voided = after(half, 7, ...events);
    expect(voided.ended?.end).toEqual({ kind: "voided", digest: other });
    expect(nextOf(voided, voided.ended!.end).deployment).toEqual({ kind: "ask-again" });
    expect(nextOf({ ...voided, behind: newer }, voided.ended!.end)).toMatchObject({
      deployment: { kind: "end", state: "superseded" },
      begins: "the-one-behind",
    });
  });

  it("does not pass the gate that was opened for it before", () => {
    const whole = did(half, approve("park"));
    expect(gate(whole, digest)).toEqual({ kind: "open", because: "approved" });
    expect(gate(whole, other)).toEqual({ kind: "closed", because: "other-plan" });
    expect(gate(half, digest)).toEqual({ kind: "closed", because: "not-ended" });
    expect(replanned(whole, aSubject({ digest: other }), 7).refusal?.code).toBe("ended");
  });

  it("is no change with the same digest, and comes too late after the deadline", () => {
    expect(replanned(half, aSubject(), 7)).toEqual({ events: [] });
    expect(overtakenBy(half, aSubject(), 7)).toEqual({ events: [] });
    for (const change of [overtakenBy, replanned]) {
      expect(change(half, newer, 4 * hour)).toMatchObject({
        events: [{ kind: "ended", end: { kind: "expired" } }],
        refusal: { code: "too-late" },
      });
    }
  });
});

describe("the events of a request", () => {
  it("begin with it, once", () => {
    expect(() => foldApproval("a-1", [{ at: 0, event: approved("kim") }])).toThrow("do not begin with a request");
    const { events } = requestApproval(aSubject(), aPolicy(), today, 0);
    expect(() => applyApproval(aRequest(), { at: 1, event: events[0]! })).toThrow("requested twice");
  });

  it("go on after the end for nothing but the review of a broken glass", () => {
    const expired = after(aRequest(), 4 * hour, { kind: "ended", end: { kind: "expired" } });
    expect(() => after(expired, 1, approved("kim"))).toThrow("has ended (expired)");
    expect(() => after(expired, 1, { kind: "reviewed", by: "kim", note: "?" })).toThrow("nothing to review");
  });

  it("say who was asked and how that ended", () => {
    const request = after(aRequest({ rule: leadsAndDba }), 0, asked("kim", "park"));
    const whole = did(did(request, approve("lee"), 5), approve("park"), 9);
    expect(whole.asks).toEqual([
      { login: "kim", at: 0, why: "rotation", closed: { at: 9, how: "settled" } },
      { login: "park", at: 0, why: "rotation", closed: { at: 9, how: "approved" } },
      { login: "lee", at: 5, why: "unasked", closed: { at: 5, how: "approved" } },
    ]);
    const back = did(did(did(request, approve("lee")), approve("kim")), revoke("kim"));
    expect(did(back, revoke("lee")).asks).toEqual(request.asks);
  });
});
