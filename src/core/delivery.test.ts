import { describe, expect, it } from "vitest";

import { anAsk, anEnd, anEndOfApproval, brokenGlass } from "../../test/support/messages.ts";
import { afterRefusals, isReplacedBy, waysInTurn, type Refused } from "./delivery.ts";

const message = anEnd("failed");
const down: Refused = { never: false, error: "mail: connection refused" };
const unknown: Refused = { never: true, error: "slack: channel_not_found" };
const hour = 3_600_000;

/** When each try happens, with every way down, and what it ends with. */
function tryAll(refusals: readonly Refused[], told = message as Parameters<typeof afterRefusals>[0]) {
  const times: number[] = [];
  for (let now = 0, tries = 0; tries < 1000; tries += 1) {
    times.push(now);
    const next = afterRefusals(told, { at: 0, tries }, refusals, now);
    if (next.kind === "given-up") return { times, error: next.error };
    now = next.at;
  }
  throw new Error("it is never given up");
}

describe("a message that no way takes", () => {
  it("is tried again after growing pauses, and given up after a day", () => {
    const { times, error } = tryAll([down]);
    expect(times.slice(0, 7)).toEqual([0, 5_000, 20_000, 65_000, 185_000, 485_000, 1_085_000]);
    expect(times.at(-1)!).toBeGreaterThanOrEqual(24 * hour);
    expect(times.at(-2)!).toBeLessThan(24 * hour);
    expect(error).toBe("mail: connection refused");
  });

  it("gets its tries also when it was written long ago", () => {
    expect(afterRefusals(message, { at: 0, tries: 0 }, [down], 72 * hour).kind).toBe("again");
    expect(afterRefusals(message, { at: 0, tries: 3 }, [down], 72 * hour).kind).toBe("given-up");
  });

  it("is given up within the hour when no way can ever take it, since somebody may put that right meanwhile", () => {
    const { times, error } = tryAll([unknown]);
    expect([times.length, times.at(-1), error]).toEqual([4, 0.75 * hour, "slack: channel_not_found"]);
    expect(afterRefusals(message, { at: 0, tries: 0 }, [unknown, down], 0)).toMatchObject({ kind: "again", at: 5_000 });
  });

  it("waits as long as it is asked to, but not for ever", () => {
    const busy = { ...down, retryAfterMilliseconds: 60_000 };
    expect(afterRefusals(message, { at: 0, tries: 0 }, [busy], 0)).toMatchObject({ at: 60_000 });
    expect(afterRefusals(message, { at: 0, tries: 0 }, [busy, down], 0)).toMatchObject({ at: 5_000 });
    const rude = { ...down, retryAfterMilliseconds: 30 * 24 * hour };
    expect(afterRefusals(message, { at: 0, tries: 0 }, [rude], 0)).toMatchObject({ at: hour });
  });

  it("is tried twice if it is only a test", () => {
    expect(tryAll([down], { kind: "test", id: "t-1", by: "kim" }).times).toHaveLength(2);
  });
});

describe("the second way", () => {
  it("is taken after the first tries, some twenty seconds later", () => {
    expect([0, 1, 2, 3, 50].map((tries) => waysInTurn(tries, 2))).toEqual([1, 1, 2, 2, 2]);
    expect(waysInTurn(3, 1)).toBe(1);
  });

  it("is taken at once when the first one can never work", () => {
    expect(waysInTurn(0, 3, 1)).toBe(2);
    expect(waysInTurn(0, 1, 1)).toBe(1);
  });
});

describe("a message that was not sent yet", () => {
  const rejected = anEndOfApproval({ kind: "rejected", by: "lee", reason: "no" });
  const approved = anEndOfApproval({ kind: "approved", by: ["lee"] });

  it("is replaced by a newer one that says more", () => {
    expect(isReplacedBy(anAsk(), anAsk({ why: "reminder" }))).toBe(true);
    expect(isReplacedBy(anAsk(), rejected)).toBe(true);
    expect(isReplacedBy(approved, anEnd("succeeded"))).toBe(true);
    expect(isReplacedBy(brokenGlass("review-due"), brokenGlass("review-due"))).toBe(true);
  });

  it("is sent although there is a newer one, when only it says something", () => {
    expect(isReplacedBy(rejected, anEnd("rejected"))).toBe(false);
    expect(isReplacedBy(brokenGlass("glass-broken"), anEnd("succeeded"))).toBe(false);
    expect(isReplacedBy(brokenGlass("glass-broken"), brokenGlass("review-due"))).toBe(false);
    expect(isReplacedBy(anEnd("failed"), anEnd("succeeded"))).toBe(false);
  });
});
