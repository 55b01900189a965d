import { describe, expect, it } from "vitest";

import { Dice } from "../../../test/support/simulated-requests.ts";
import { addBlock, clumpSize, noScatter, type Scatter } from "./clumps.ts";

function scatterOf(clump: number, blocks: number): Scatter {
  const dice = new Dice(7);
  let scatter = noScatter;
  for (let block = 0; block < blocks; block += 1) {
    scatter = addBlock(scatter, { requests: 10_000, bad: dice.binomial(10_000, 0.02 / clump) * clump });
  }
  return scatter;
}

describe("the size of clumps", () => {
  it("is about 1 for independent answers, and at least 1", () => {
    expect(clumpSize([scatterOf(1, 1_000)])).toBeLessThan(1.15);
    const even = addBlock(addBlock(noScatter, { requests: 100, bad: 5 }), { requests: 100, bad: 5 });
    expect(clumpSize([even])).toBe(1);
  });

  it("is found again", () => {
    expect(clumpSize([scatterOf(20, 1_000)])).toBeGreaterThan(18);
    expect(clumpSize([scatterOf(20, 1_000)])).toBeLessThan(22);
  });

  it("goes by the steps between neighbours, computed by hand: 3, 0 and 0 bad of 10, 10 and 10", () => {
    // One step of 0.3, with a variance of 2/10 for a share of 1; the share of all is 0.1; an error for three blocks.
    const scatter = [3, 0, 0].reduce((sum, bad) => addBlock(sum, { requests: 10, bad }), noScatter);
    expect(clumpSize([scatter])).toBeCloseTo((0.3 ** 2 / 0.2 / (0.1 * 0.9) / 2) * (1 + 1 / Math.sqrt(3)), 12);
  });

  it("is not that of all bad answers of a release that turned bad", () => {
    const dice = new Dice(7);
    let scatter = noScatter;
    for (let block = 0; block < 100; block += 1) scatter = addBlock(scatter, { requests: 200, bad: 0 });
    for (let block = 0; block < 10; block += 1) {
      scatter = addBlock(scatter, { requests: 200, bad: dice.binomial(200, 0.2) });
    }
    expect(clumpSize([scatter])).toBeLessThan(4);
  });

  it("is not known from a single block, nor from a release without bad answers", () => {
    const one = addBlock(noScatter, { requests: 100, bad: 5 });
    const clean = addBlock(addBlock(noScatter, { requests: 100, bad: 0 }), { requests: 100, bad: 0 });
    expect(clumpSize([one, clean])).toBeUndefined();
    expect(clumpSize([scatterOf(20, 1_000), clean])).toBeGreaterThan(18);
  });

  it("is 1 where every answer is bad", () => {
    const all = addBlock(addBlock(noScatter, { requests: 100, bad: 100 }), { requests: 50, bad: 50 });
    expect(clumpSize([all])).toBe(1);
  });
});
