import { describe, expect, it } from "vitest";

import type { NewDelivery } from "../../ports/pushes.ts";
import { Intake } from "./intake.ts";

const aDelivery = (key: string): NewDelivery => ({ hook: "plain", delivery: null, key, pushes: [] });
const clock = { now: () => 7, sleep: async () => {} };

describe("the intake", () => {
  it("shares a commit between deliveries that come together, and answers each when it is durable", async () => {
    const commits: string[][] = [];
    const free: (() => void)[] = [];
    let woken = 0;
    const accept = async (deliveries: readonly NewDelivery[]) => {
      commits.push(deliveries.map(({ key }) => key));
      await new Promise<void>((resolve) => free.push(resolve));
      return deliveries.map(({ key }) => (key === "known" ? ("known" as const) : ("new" as const)));
    };
    const intake = new Intake({ accept }, clock, (deliveries) => (woken += deliveries.length));
    const first = [intake.receive(aDelivery("1")), intake.receive(aDelivery("known"))];
    await expect.poll(() => commits).toEqual([["1", "known"]]);
    const later = ["2", "3"].map((key) => intake.receive(aDelivery(key)));
    let isAnswered = false;
    void first[0]!.then(() => (isAnswered = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect([isAnswered, woken, commits.length]).toEqual([false, 0, 1]);
    free.shift()!();
    expect(await Promise.all(first)).toEqual(["new", "known"]);
    await expect
      .poll(() => commits)
      .toEqual([
        ["1", "known"],
        ["2", "3"],
      ]);
    free.shift()!();
    expect([await Promise.all(later), woken]).toEqual([["new", "new"], 3]);
  });

  it("answers none of a commit that failed, and goes on with the next one", async () => {
    let isFull = true;
    const accept = async (deliveries: readonly NewDelivery[]) => {
      if (isFull) throw new Error("full");
      return deliveries.map(() => "new" as const);
    };
    const intake = new Intake({ accept }, clock, () => {});
    await expect(Promise.all([intake.receive(aDelivery("1")), intake.receive(aDelivery("2"))])).rejects.toThrow("full");
    isFull = false;
    expect(await intake.receive(aDelivery("1"))).toBe("new");
  });
});
