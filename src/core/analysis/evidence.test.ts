import { describe, expect, it } from "vitest";

import { addEvidence, clumpsIn, noEvidence, type Bets, type Evidence } from "./evidence.ts";

const bets: Bets = { tolerated: 1, odds: [2, 5, 20], falseAlarm: 0.01 };
const line = Math.log(100);

function split(ours: number, theirs: number, more: { seconds?: number; complete?: boolean } = {}) {
  return {
    comparisons: [{ candidate: { requests: 100, bad: ours }, baseline: { requests: 100, bad: theirs } }],
    seconds: more.seconds ?? 1,
    complete: more.complete ?? true,
  };
}

function after(...windows: readonly ReturnType<typeof split>[]): Evidence {
  return windows.reduce((evidence, window) => addEvidence(evidence, bets, window), noEvidence(bets.odds));
}

function times<T>(count: number, value: T): readonly T[] {
  return Array.from({ length: count }, () => value);
}

describe("evidence", () => {
  it("grows when the candidate has more bad answers, shrinks when it has fewer, and keeps its peak", () => {
    const worse = after(split(8, 1), split(8, 1));
    const recovered = after(split(8, 1), split(8, 1), ...times(5, split(1, 8)));
    expect(worse.now).toBeGreaterThan(noEvidence(bets.odds).now);
    expect(recovered.now).toBeLessThan(worse.now);
    expect(recovered.peak).toBe(worse.peak);
  });

  it("never comes from fewer than three blocks", () => {
    expect(after(split(100, 0)).peak).toBeLessThan(line / 2);
    expect(after(split(100, 0), split(100, 0)).peak).toBeLessThan(line);
    expect(after(...times(6, split(100, 0))).peak).toBeGreaterThan(line);
    const usual = times(3, split(2, 2));
    const lax: Bets = { ...bets, falseAlarm: 0.2 };
    const beside = (requests: number) => ({
      ...split(0, 0),
      comparisons: [{ candidate: { requests, bad: requests }, baseline: { requests: 1_000_000, bad: 100_000 } }],
    });
    const twice = [beside(0), beside(0), beside(9_000), beside(9_000)].reduce(
      (evidence, one) => addEvidence(evidence, lax, one),
      noEvidence(lax.odds),
    );
    expect(twice.peak).toBeLessThan(Math.log(5));
    expect(after(...usual, split(100, 0), split(100, 0)).peak).toBeLessThan(line);
    expect(after(...usual, ...times(20, split(100, 0))).peak).toBeGreaterThan(line);
  });

  it("counts windows of less than a second as parts of one block", () => {
    const parts = after(...times(4, split(100, 0, { seconds: 0.2 })));
    expect(parts.peak).toBeCloseTo(after(split(100, 0)).peak, 10);
  });

  it("counts clumps once they are known", () => {
    const even = after(...times(20, split(2, 2)));
    const clumped = after(...times(9, split(0, 0)), split(0, 20), ...times(9, split(0, 0)), split(0, 20));
    const gain = (before: Evidence): number => addEvidence(before, bets, split(6, 0)).open[2]! - before.open[2]!;
    expect(clumpsIn(clumped)).toBeGreaterThan(15);
    expect(gain(clumped)).toBeCloseTo(gain(even) / clumpsIn(clumped), 10);
  });

  it("of incomplete windows speaks against the candidate, never for it", () => {
    const before = times(2, split(8, 1));
    const worse = after(...before, split(8, 1, { complete: false }));
    const better = after(...before, ...times(50, split(0, 8, { complete: false })));
    expect(worse.now).toBeGreaterThan(after(...before).now);
    // What the bets on all windows lose is at most their half of the wealth.
    expect(better.now).toBeGreaterThan(after(...before).now - Math.log(2) - 1e-9);
    expect(after(...before, ...times(50, split(0, 8))).now).toBeLessThan(-3);
  });

  it("finds a release that turns bad after an hour of being better", () => {
    const good = after(...times(3_600, split(1, 3)));
    let evidence = good;
    for (let block = 0; block < 60; block += 1) evidence = addEvidence(evidence, bets, split(20, 2));
    expect(good.peak).toBeLessThan(line);
    expect(evidence.peak).toBeGreaterThan(line);
  });

  it("is plain data of a constant size", () => {
    const few = after(split(8, 1));
    const many = after(...times(2_000, split(1, 1)));
    expect(JSON.parse(JSON.stringify(many))).toEqual(many);
    expect(JSON.stringify(many).length).toBeLessThan(JSON.stringify(few).length * 3);
  });

  it("is what it was when it is folded from a stored state", () => {
    const windows = [split(3, 1), split(8, 1, { complete: false }), split(1, 1, { seconds: 0.4 }), split(5, 0)];
    const stored = windows.reduce<Evidence>(
      (evidence, window) => JSON.parse(JSON.stringify(addEvidence(evidence, bets, window))) as Evidence,
      noEvidence(bets.odds),
    );
    expect(stored).toEqual(after(...windows));
  });

  it("stays a number with millions of requests in a window", () => {
    const window = {
      comparisons: [
        { candidate: { requests: 4_000_000, bad: 3_999_999 }, baseline: { requests: 40_000_000, bad: 12 } },
        { candidate: { requests: 4_000_000, bad: 0 }, bound: 0.000_001 },
      ],
      seconds: 1,
      complete: true,
    };
    const evidence = [1, 2, 3].reduce((before) => addEvidence(before, bets, window), noEvidence(bets.odds));
    expect([...evidence.closed, evidence.now, evidence.peak].every(Number.isFinite)).toBe(true);
  });
});
