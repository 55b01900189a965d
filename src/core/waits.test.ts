import { describe, expect, it } from "vitest";

import { CanaryJournal, canarySteps } from "../../test/support/canary-journal.ts";
import { fold } from "./fold.ts";
import { currentWait, onlyWatches, waitsForAPerson, watchTimes } from "./waits.ts";

const { compare, watch, warm } = canarySteps;

function deploymentOf({ journal }: CanaryJournal) {
  return fold("01j0", journal);
}

describe("the wait of a rollout", () => {
  it("goes on from its begin to its verdict", () => {
    const canary = new CanaryJournal().upTo(canarySteps.share);
    expect(currentWait(deploymentOf(canary))).toBeUndefined();
    expect(currentWait(deploymentOf(canary.step(compare)))).toMatchObject({ index: compare });
    expect(currentWait(deploymentOf(canary.conclude(compare, "pass", "")))).toBeUndefined();
  });

  it("is no watch as long as the rollout is not done", () => {
    const canary = new CanaryJournal().upTo(compare);
    expect([onlyWatches(deploymentOf(canary)), watchTimes(deploymentOf(canary))]).toEqual([false, undefined]);
  });

  it("tells when the watch ends, and the old release is not warm any more", () => {
    const canary = new CanaryJournal().upTo(watch);
    const begun = canary.journal.at(-1)!.at;
    const [watchedUntil, warmUntil] = [begun + 900_000, begun + 1_800_000];
    expect(watchTimes(deploymentOf(canary))).toEqual({ watchedUntil, warmUntil, until: warmUntil });
    canary.pass(60).step(warm);
    const later = canary.journal.at(-1)!.at + 900_000;
    expect(watchTimes(deploymentOf(canary))).toEqual({ warmUntil: later, until: later });
  });

  it("is over when somebody has seen enough", () => {
    const canary = new CanaryJournal().upTo(watch).record({ kind: "watch-ended", by: "kim" });
    expect(onlyWatches(deploymentOf(canary))).toBe(false);
  });

  it("is over on the way back and at the end", () => {
    const canary = new CanaryJournal().upTo(watch);
    canary.record({ kind: "finished", state: "succeeded", message: "", behind: [] });
    expect(onlyWatches(deploymentOf(canary))).toBe(false);
  });
});

describe("an analysis that is not clear", () => {
  const canary = () => new CanaryJournal().upTo(compare);
  const waits = (asked: CanaryJournal, seconds: number) =>
    waitsForAPerson(deploymentOf(asked), asked.journal.at(-1)!.at + seconds * 1000);

  it("waits for a person when its longest time is over", () => {
    expect([waits(canary(), 1_799), waits(canary(), 1_800)]).toEqual([false, true]);
  });

  it("waits no longer when somebody promoted or aborted it", () => {
    expect(waits(canary().record({ kind: "promoted", by: "kim" }), 1_800)).toBe(false);
    expect(waits(canary().record({ kind: "abort-requested", by: "kim", reason: "" }), 1_800)).toBe(false);
  });

  it("asks nobody where it only must not fail", () => {
    expect(waits(new CanaryJournal().upTo(watch), 1_800)).toBe(false);
  });
});
