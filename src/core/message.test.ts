import { describe, expect, it } from "vitest";

import { anAbout, anAsk, anEnd, anEndOfApproval, brokenGlass } from "../../test/support/messages.ts";
import { addresseeKey, needsNotice, threadOf } from "./message.ts";

describe("a thread", () => {
  it("is that of the request for approval, also when that moves to another deployment", () => {
    const moved = anAsk({ why: "moved", about: anAbout({ deployment: "01J9" }) });
    expect(threadOf(moved)).toBe(threadOf(anAsk()));
    expect(threadOf(anEnd("succeeded", { approval: anAsk().approval }))).toBe(threadOf(anAsk()));
  });

  it("is that of the deployment where nobody was asked, and each test has its own", () => {
    expect(threadOf(anEnd("succeeded"))).toBe(anAbout().deployment);
    expect(threadOf({ kind: "test", id: "1", by: "kim" })).not.toBe(threadOf({ kind: "test", id: "2", by: "kim" }));
  });
});

describe("a message that changes another one", () => {
  it("is noticed when somebody has to do something, or when something went wrong", () => {
    const loud = [
      anAsk({ why: "reminder" }),
      anEndOfApproval({ kind: "rejected", by: "lee", reason: "no" }),
      anEnd("rolled-back"),
      brokenGlass("glass-broken"),
      brokenGlass("review-due"),
    ];
    expect(loud.map(needsNotice)).toEqual(loud.map(() => true));
  });

  it("is quiet otherwise", () => {
    const quiet = [
      anAsk({ why: "moved" }),
      anEndOfApproval({ kind: "approved", by: ["lee"] }),
      anEndOfApproval({ kind: "withdrawn", by: "kim", reason: "later" }),
      anEnd("succeeded"),
      anEnd("superseded"),
    ];
    expect(quiet.map(needsNotice)).toEqual(quiet.map(() => false));
  });
});

describe("a reader", () => {
  it("has a key of its own kind", () => {
    const readers = [
      { kind: "person", login: "kim" },
      { kind: "channel", environment: "kim" },
      { kind: "mail", address: "kim" },
    ] as const;
    expect(readers.map(addresseeKey)).toEqual(["person:kim", "channel:kim", "mail:kim"]);
  });
});
