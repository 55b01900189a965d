import { describe, expect, it } from "vitest";

import {
  aRequest,
  aSubject,
  aToday,
  after,
  approve,
  did,
  hour,
  leadsAndDba,
  refusalOf,
} from "../../test/support/approvals.ts";
import { gate, nextOf } from "./approval-next.ts";
import { calledOff, overtakenBy, replanned } from "./approval-plan-change.ts";

const { digest } = aSubject();
const other = "b".repeat(64);
const today = aToday();

describe("a plan that changes", () => {
  const newer = aSubject({ deployment: "d-2", digest: other });
  const half = did(aRequest({ rule: leadsAndDba }), approve("kim"));

  it("takes the request along as long as nobody has approved it; the deadline stays", () => {
    const request = aRequest();
    const moved = after(request, 7, ...overtakenBy(request, newer, 7).events);
    expect(moved.subject).toEqual(newer);
    expect(moved.terms).toEqual(request.terms);
    expect(refusalOf(moved, approve("kim"))).toBe("other-plan");
    expect(did(moved, { kind: "approve", by: "kim", digest: other, today }).ended?.end.kind).toBe("approved");
  });

  it("takes nobody along who has a part in the newer one", () => {
    const request = aRequest();
    const moved = after(request, 7, ...overtakenBy(request, { ...newer, writtenBy: ["kim"] }, 7).events);
    expect(refusalOf(moved, { kind: "approve", by: "kim", digest: other, today })).toBe("own-change");
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

describe("a deployment that is over before its approval", () => {
  it("takes its request back by itself, once", () => {
    const over = after(aRequest(), 1, ...calledOff(aRequest(), "signalbox", "its build failed", 1).events);
    expect(over.ended?.end).toEqual({ kind: "withdrawn", by: "signalbox", reason: "its build failed" });
    expect(calledOff(over, "signalbox", "again", 2)).toEqual({ events: [] });
  });

  it("finds it expired after the deadline", () => {
    expect(calledOff(aRequest(), "signalbox", "its build failed", 4 * hour)).toEqual({
      events: [{ kind: "ended", end: { kind: "expired" } }],
    });
  });
});
