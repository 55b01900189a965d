import { describe, expect, it } from "vitest";

import {
  aPolicy,
  aRequest,
  aSubject,
  aToday,
  after,
  approve,
  approved,
  asked,
  did,
  hour,
  leadsAndDba,
  revoke,
} from "../../test/support/approvals.ts";
import { applyApproval, foldApproval } from "./approval-fold.ts";
import { requestApproval } from "./approval-request.ts";

const today = aToday();

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

  it("say who never answered", () => {
    const expired = after(after(aRequest(), 0, asked("kim")), 9, { kind: "ended", end: { kind: "expired" } });
    expect(expired.asks).toEqual([{ login: "kim", at: 0, why: "rotation", closed: { at: 9, how: "expired" } }]);
  });
});
