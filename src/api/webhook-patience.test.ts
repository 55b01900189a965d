import { setImmediate } from "node:timers/promises";

import { describe, expect, it } from "vitest";

import { Patience } from "./webhook-patience.ts";
import { Refusals } from "./webhook-refusals.ts";

function aPatience(refusals: number) {
  let now = 1_000_000;
  const patience = new Patience({ now: () => now });
  for (let refused = 0; refused < refusals; refused += 1) patience.lose("10.0.0.7");
  return { patience, pass: (milliseconds: number) => (now += milliseconds) };
}

/** Who has a turn, in the order in which they got it. */
async function turnsOf(patience: Patience, count: number, address = "10.0.0.7") {
  const came: number[] = [];
  const leaves: (() => void)[] = [];
  for (let index = 0; index < count; index += 1) {
    void patience.turn(address).then((leave) => {
      came.push(leave === undefined ? -1 : index);
      if (leave !== undefined) leaves.push(leave);
    });
  }
  await setImmediate();
  return { came, leaves };
}

describe("patience with an address", () => {
  it("is without end as long as little is refused, and for all others", async () => {
    expect((await turnsOf(aPatience(20).patience, 50)).came).toHaveLength(50);
    const { patience } = aPatience(100);
    expect((await turnsOf(patience, 50, "10.0.0.8")).came).toHaveLength(50);
  });

  it("lets one through after the other when much was refused, in their order", async () => {
    const { came, leaves } = await turnsOf(aPatience(21).patience, 3);
    expect(came).toEqual([0]);
    for (const expected of [
      [0, 1],
      [0, 1, 2],
    ]) {
      leaves.at(-1)!();
      await setImmediate();
      expect(came).toEqual(expected);
    }
  });

  it("turns away nobody but who comes to a line that is far too long", async () => {
    const { patience } = aPatience(21);
    const { came } = await turnsOf(patience, 101);
    expect(came).toEqual([-1, 0]);
  });

  it("comes back with time, and when somebody there knows the secret", async () => {
    const { patience, pass } = aPatience(22);
    pass(6_000);
    expect((await turnsOf(patience, 3)).came).toEqual([0, 1, 2]);
    const other = aPatience(200).patience;
    other.regain("10.0.0.7");
    expect((await turnsOf(other, 3)).came).toEqual([0, 1, 2]);
  });

  it("remembers only so many addresses", async () => {
    const { patience } = aPatience(30);
    for (let address = 0; address < 10_000; address += 1) patience.lose(`host-${address}`);
    expect((await turnsOf(patience, 3)).came).toEqual([0, 1, 2]);
  });
});

describe("what was refused", () => {
  it("is told once a minute for each hook and reason, with how much there was", () => {
    let now = 0;
    const told: string[] = [];
    const refusals = new Refusals({ now: () => now });
    for (let count = 0; count < 5; count += 1) refusals.count("github", "wrong-signature", (words) => told.push(words));
    refusals.count("github", "stale", (words) => told.push(words));
    now = 60_000;
    refusals.count("github", "wrong-signature", (words) => told.push(words));
    expect(told).toEqual([
      "a webhook for github was refused: its signature is made with another secret",
      "a webhook for github was refused: its signature is too old, or the clocks are apart",
      "a webhook for github was refused: its signature is made with another secret; 4 more like it since the last line",
    ]);
  });
});
