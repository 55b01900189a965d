import { describe, expect, it } from "vitest";

import {
  logEvidenceAgainstBound,
  logEvidenceOfSplit,
  logFactorial,
  logProbabilityOfSplit,
  type Tally,
} from "./odds.ts";

function probability(candidate: Tally, baseline: Tally, odds = 1): number {
  return Math.exp(logProbabilityOfSplit(candidate, baseline, odds));
}

/** All ways in which so many bad answers fall on two releases. */
function splits(candidate: number, baseline: number, bad: number): readonly (readonly [Tally, Tally])[] {
  return Array.from({ length: bad + 1 }, (_none, ours) => [ours, bad - ours] as const)
    .filter(([ours, theirs]) => ours <= candidate && theirs <= baseline)
    .map(([ours, theirs]) => [
      { requests: candidate, bad: ours },
      { requests: baseline, bad: theirs },
    ]);
}

/** By whole numbers without any rounding: the independent second opinion. */
function exactly(candidate: Tally, baseline: Tally, odds: bigint): number {
  const choose = (n: number, k: number): bigint => {
    let ways = 1n;
    for (let i = 0; i < k; i += 1) ways = (ways * BigInt(n - i)) / BigInt(i + 1);
    return ways;
  };
  const weight = (ours: Tally, theirs: Tally): bigint =>
    choose(ours.requests, ours.bad) * choose(theirs.requests, theirs.bad) * odds ** BigInt(ours.bad);
  const all = splits(candidate.requests, baseline.requests, candidate.bad + baseline.bad)
    .map(([ours, theirs]) => weight(ours, theirs))
    .reduce((sum, one) => sum + one, 0n);
  return Number((weight(candidate, baseline) * 10n ** 18n) / all) / 1e18;
}

describe("the probability of a split", () => {
  it("is that of Fisher's lady who tastes tea: 1, 16, 36, 16 and 1 of 70", () => {
    const cups = splits(4, 4, 4).map(([ours, theirs]) => probability(ours, theirs) * 70);
    for (const [index, expected] of [1, 16, 36, 16, 1].entries()) expect(cups[index]).toBeCloseTo(expected, 10);
  });

  it.each([
    [{ requests: 50, bad: 4 }, { requests: 450, bad: 3 }, 1n],
    [{ requests: 50, bad: 4 }, { requests: 450, bad: 3 }, 10n],
    [{ requests: 300, bad: 290 }, { requests: 200, bad: 20 }, 30n],
    [{ requests: 990, bad: 60 }, { requests: 10, bad: 5 }, 2n],
    [{ requests: 3_000, bad: 40 }, { requests: 9_000, bad: 100 }, 3n],
  ] as const)("is the exact one for %j and %j at odds of %s", (candidate, baseline, odds) => {
    const exact = exactly(candidate, baseline, odds);
    expect(probability(candidate, baseline, Number(odds)) / exact).toBeCloseTo(1, 8);
  });

  it("sums to 1 with millions of requests", () => {
    const all = splits(3_000_000, 1_000_000, 500).map(([ours, theirs]) => probability(ours, theirs, 5));
    expect(all.reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 6);
  });
});

describe("the evidence of a split", () => {
  it.each([
    [50, 450, 7],
    [450, 50, 60],
    [20, 20, 38],
  ])("is 1 in the mean when the candidate has the tolerated odds: %i and %i requests, %i bad", (ours, theirs, bad) => {
    const mean = (actual: number, tolerated: number): number =>
      splits(ours, theirs, bad)
        .map(([a, b]) => probability(a, b, actual) * Math.exp(logEvidenceOfSplit(a, b, 10, tolerated)))
        .reduce((sum, one) => sum + one, 0);
    expect(mean(1, 1)).toBeCloseTo(1, 9);
    expect(mean(2, 2)).toBeCloseTo(1, 9);
    expect(mean(1.5, 2)).toBeLessThan(1);
    expect(mean(3, 2)).toBeGreaterThan(1);
  });

  it("is the coin of the share when errors are rare", () => {
    const evidence = logEvidenceOfSplit({ requests: 1_000_000, bad: 1 }, { requests: 9_000_000, bad: 0 }, 10, 1);
    expect(Math.exp(evidence)).toBeCloseTo(10 / 1.9, 5);
  });

  it("says nothing where all answers are bad, none is, or one release has no requests", () => {
    expect(logEvidenceOfSplit({ requests: 10, bad: 10 }, { requests: 90, bad: 90 }, 10, 1)).toBe(0);
    expect(logEvidenceOfSplit({ requests: 10, bad: 0 }, { requests: 90, bad: 0 }, 10, 1)).toBe(0);
    expect(logEvidenceOfSplit({ requests: 10, bad: 5 }, { requests: 0, bad: 0 }, 10, 1)).toBe(0);
  });

  it("stays a number with a billion requests", () => {
    const candidate = { requests: 1_000_000_000, bad: 60_000_000 };
    const baseline = { requests: 9_000_000_000, bad: 45_000_000 };
    const evidence = logEvidenceOfSplit(candidate, baseline, 10, 1);
    expect(evidence).toBeGreaterThan(1_000_000);
    expect(Number.isFinite(evidence)).toBe(true);
  });
});

describe("the evidence against a bound", () => {
  it("is 1 in the mean at the bound, and less below", () => {
    const mean = (share: number): number =>
      Array.from({ length: 101 }, (_none, bad) => {
        const log = logFactorial(100) - logFactorial(bad) - logFactorial(100 - bad);
        const likely = Math.exp(log + bad * Math.log(share) + (100 - bad) * Math.log1p(-share));
        return likely * Math.exp(logEvidenceAgainstBound({ requests: 100, bad }, 0.02, 5, 1));
      }).reduce((sum, one) => sum + one, 0);
    expect(mean(0.02)).toBeCloseTo(1, 9);
    expect(mean(0.01)).toBeLessThan(1);
    expect(mean(0.04)).toBeGreaterThan(1);
  });

  it("says nothing when everything is tolerated", () => {
    expect(logEvidenceAgainstBound({ requests: 100, bad: 100 }, 1, 5, 1)).toBe(0);
  });
});

describe("the logarithm of a factorial", () => {
  it("is the known one", () => {
    expect(Math.exp(logFactorial(10))).toBeCloseTo(3_628_800, 5);
    expect(logFactorial(1_000_000)).toBeCloseTo(12_815_518.384_658_17, 6);
  });

  it("has no step where the table ends", () => {
    expect(logFactorial(1_024) - logFactorial(1_023)).toBeCloseTo(Math.log(1_024), 10);
  });
});
