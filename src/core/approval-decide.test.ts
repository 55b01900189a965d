import { describe, expect, it } from "vitest";

import {
  aRequest,
  aSubject,
  aToday,
  after,
  anApprover,
  approve,
  approved,
  asked,
  did,
  hour,
  leadsAndDba,
  oneOfDba,
  people,
  refusalOf,
  reject,
  revoke,
} from "../../test/support/approvals.ts";
import type { Approval } from "./approval.ts";
import { decide, type Decision } from "./approval-decide.ts";
import { gate, nextOf } from "./approval-next.ts";

const { digest } = aSubject();
const other = "b".repeat(64);
const today = aToday();
const handOver = (by: string, to: string): Decision => ({ kind: "hand-over", by, to, today });
const breakGlass = (by: string, reason = "the shop is down"): Decision => ({
  kind: "break-glass",
  by,
  digest,
  reason,
  today,
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
    expect(refusalOf(back, revoke("kim"))).toBe("nothing-to-revoke");
    expect(refusalOf(did(aRequest(), approve("kim")), revoke("kim"))).toBe("ended");
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
    [
      "who pushed what somebody else pushed on",
      "own-change",
      aRequest({}, { pushedBy: "dev", alsoPushedBy: ["kim"] }),
      approve("kim"),
    ],
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
    expect(refusalOf(request, decision)).toBe(code);
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
    expect(refusalOf(aRequest(), reject("kim", " \n"))).toBe("reason-missing");
  });

  it("may come from who wrote the change, but not from a stranger", () => {
    expect(did(aRequest({}, { writtenBy: ["kim"] }), reject("kim")).ended?.end.kind).toBe("rejected");
    expect(refusalOf(aRequest(), reject("mallory"))).toBe("not-an-approver");
    expect(refusalOf(aRequest(), { kind: "reject", by: "kim", digest: other, reason: "no", today })).toBe("other-plan");
  });

  it("after an own approval needs that to be revoked first", () => {
    const half = did(aRequest({ rule: leadsAndDba }), approve("kim"));
    expect(refusalOf(half, reject("kim"))).toBe("decided-already");
    expect(did(did(half, revoke("kim")), reject("kim")).ended?.end.kind).toBe("rejected");
  });

  it("can't be overruled by an approval", () => {
    const rejected = did(aRequest(), reject("kim"));
    expect(refusalOf(rejected, approve("lee"))).toBe("ended");
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
    expect(refusalOf(expired, approve("kim"), 1)).toBe("ended");
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
    expect(refusalOf(over, handOver("lee", "kim"))).toBe("cannot-take-over");
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
    expect(refusalOf(after(from, 0, ...(from === request ? [] : [asked("kim")])), decision)).toBe(code);
  });
});

describe("withdrawing", () => {
  it("is for who requested it and for who may deploy there", () => {
    const withdraw = (by: string, reason = "later"): Decision => ({ kind: "withdraw", by, reason, today });
    expect(did(aRequest({}, { requestedBy: "moon" }), withdraw("moon")).ended?.end.kind).toBe("withdrawn");
    expect(did(aRequest({}, { requestedBy: "moon" }), withdraw("dev")).ended?.end.kind).toBe("withdrawn");
    expect(refusalOf(aRequest(), withdraw("kim"))).toBe("not-allowed");
    expect(refusalOf(aRequest(), withdraw("dev", ""))).toBe("reason-missing");
  });

  it("again changes nothing, and by somebody else comes too late", () => {
    const withdraw = (by: string): Decision => ({ kind: "withdraw", by, reason: "later", today });
    const withdrawn = did(aRequest(), withdraw("dev"));
    expect(decide(withdrawn, withdraw("dev"), 2)).toEqual({ events: [] });
    expect(refusalOf(aRequest(), withdraw("root"))).toBe("not-allowed");
    expect(refusalOf(withdrawn, approve("kim"))).toBe("ended");
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

  it("again changes nothing", () => {
    expect(decide(broken, breakGlass("root"), 2)).toEqual({ events: [] });
    expect(refusalOf(broken, approve("kim"))).toBe("ended");
  });

  it("needs the right, a reason, and the plan that it is about", () => {
    expect(refusalOf(aRequest(), breakGlass("kim"))).toBe("not-allowed");
    expect(refusalOf(aRequest(), breakGlass("root", ""))).toBe("reason-missing");
    expect(refusalOf(aRequest(), { ...breakGlass("root"), digest: other } as Decision)).toBe("other-plan");
  });

  it("is reviewed once, by an approver who had nothing to do with it", () => {
    const review = (by: string, note = "it was right"): Decision => ({ kind: "review", by, note, today });
    expect(refusalOf(aRequest(), review("kim"))).toBe("no-review-open");
    expect(refusalOf(broken, review("dev"))).toBe("not-allowed");
    expect(refusalOf(broken, review("kim", ""))).toBe("reason-missing");
    const both = aToday({ root: { groups: [], rights: ["break-glass", "approve"], away: [] } });
    expect(refusalOf(broken, { ...review("root"), today: both })).toBe("own-change");
    const wrote = did(aRequest({}, { writtenBy: ["kim"] }), breakGlass("root"));
    expect(refusalOf(wrote, review("kim"))).toBe("own-change");

    const reviewed = did(broken, review("kim"), 9);
    expect(reviewed.review).toEqual({ at: 9, by: "kim", note: "it was right" });
    expect(decide(reviewed, review("kim"), 10)).toEqual({ events: [] });
    expect(refusalOf(reviewed, review("lee"))).toBe("no-review-open");
  });
});
