import { describe, expect, it } from "vitest";

import { Dice } from "../../../test/support/simulated-requests.ts";
import { upperBound } from "./bound.ts";

describe("an upper bound", () => {
  it("is 1 - (probability / (n + 1))^(1/n) when nothing was bad", () => {
    const expected = 1 - (0.01 / 1_001) ** (1 / 1_000);
    expect(upperBound({ requests: 1_000, bad: 0 }, 1, 0.01)).toBeCloseTo(expected, 12);
  });

  it("is above what was seen, comes nearer with more requests, and is further away when bad answers come in clumps", () => {
    const few = upperBound({ requests: 1_000, bad: 5 }, 1, 0.01);
    const many = upperBound({ requests: 1_000_000, bad: 5_000 }, 1, 0.01);
    const clumped = upperBound({ requests: 1_000_000, bad: 5_000 }, 10, 0.01);
    expect(many).toBeGreaterThan(0.005);
    expect(clumped).toBeGreaterThan(many);
    expect(few).toBeGreaterThan(clumped);
    expect(many).toBeLessThan(0.0055);
  });

  it("is 1 when nobody knows, or everything was bad", () => {
    expect(upperBound({ requests: 0, bad: 0 }, 1, 0.01)).toBe(1);
    expect(upperBound({ requests: 10, bad: 10 }, 1, 0.01)).toBe(1);
  });

  it("is exceeded at any time in at most as many runs as was asked for", () => {
    let exceeded = 0;
    for (let run = 0; run < 500; run += 1) {
      const dice = new Dice(run);
      let seen = { requests: 0, bad: 0 };
      let everExceeded = false;
      for (let look = 0; look < 40 && !everExceeded; look += 1) {
        seen = { requests: seen.requests + 50, bad: seen.bad + dice.binomial(50, 0.05) };
        everExceeded = upperBound(seen, 1, 0.05) < 0.05;
      }
      if (everExceeded) exceeded += 1;
    }
    expect(exceeded).toBeLessThanOrEqual(25);
  });
});
