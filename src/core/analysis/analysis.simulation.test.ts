/** How often the verdict is wrong, and how soon it is right, over many runs with fixed seeds. Longer ones: `bench/verdict.ts`. */
import { describe, expect, it } from "vitest";

import { Dice, simulatedWindow, type Behaviour, type Simulated } from "../../../test/support/simulated-requests.ts";
import type { AnalysisRules } from "../service.ts";
import { addWindow, beginAnalysis, judge } from "./analysis.ts";
import { noRequests } from "./counts.ts";

const rules: AnalysisRules = { falseAlarm: 0.01, minimumRequests: 500, acceptedErrors: 0.01, quickMilliseconds: 50 };
const usual: Behaviour = { errors: 0.005, median: 40, spread: 0.7 };

/** How many windows it took until the candidate failed; undefined when it never did. Judged after each window. */
function windowsToFail(simulated: Simulated, windows: number, seed: number): number | undefined {
  const dice = new Dice(seed);
  let state = beginAnalysis(noRequests);
  for (let number = 1; number <= windows; number += 1) {
    state = addWindow(state, rules, simulatedWindow(dice, simulated));
    if (judge(state, rules).verdict === "fail") return number;
  }
  return undefined;
}

function simulate(runs: number, windows: number, change: Partial<Simulated>) {
  const simulated = { candidate: usual, baseline: usual, share: 0.1, requests: 50, seconds: 1, ...change };
  const results = Array.from({ length: runs }, (_none, run) => windowsToFail(simulated, windows, run * 7_919 + 1));
  const failed = results.filter((result) => result !== undefined).sort((a, b) => a - b);
  return { failed: failed.length, medianRequests: (failed[Math.floor(runs / 2)] ?? Infinity) * simulated.requests };
}

describe("a release that is as good as the old one", () => {
  it.each([
    { errors: 0, share: 0.1 },
    { errors: 0.005, share: 0.01 },
    { errors: 0.005, share: 0.1 },
    { errors: 0.005, share: 0.5 },
    { errors: 0.05, share: 0.1 },
    { errors: 0.05, share: 0.5 },
  ])("fails in at most 1 % of 1,000 runs, judged after each window: $errors errors, share $share", (given) => {
    const same = { ...usual, errors: given.errors };
    const { failed } = simulate(1_000, 25, { candidate: same, baseline: same, share: given.share, requests: 100 });
    expect(failed).toBeLessThanOrEqual(10);
  });

  it("fails in at most 1 % of the runs when errors come in clumps of 20", () => {
    const clumped = { ...usual, clump: 20 };
    const { failed } = simulate(400, 50, { candidate: clumped, baseline: clumped, share: 0.5, requests: 200 });
    expect(failed).toBeLessThanOrEqual(4);
  });
});

describe("a release that is worse", () => {
  it("with 5 % errors instead of 0.5 % at a tenth of the traffic fails after a median of at most 1,500 requests", () => {
    const { failed, medianRequests } = simulate(200, 200, { candidate: { ...usual, errors: 0.05 } });
    expect(failed).toBe(200);
    expect(medianRequests).toBeLessThanOrEqual(1_500);
  });

  it("with twice the latency fails", () => {
    const { failed, medianRequests } = simulate(100, 100, { candidate: { ...usual, median: 80 } });
    expect(failed).toBe(100);
    expect(medianRequests).toBeLessThanOrEqual(2_000);
  });

  it("with a tenth more latency does not", () => {
    expect(simulate(100, 100, { candidate: { ...usual, median: 44 }, requests: 200 }).failed).toBe(0);
  });
});
