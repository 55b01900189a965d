import { describe, expect, it } from "vitest";

import { noRequests } from "./analysis/counts.ts";
import type { Observation } from "./observation.ts";
import { addObservation, nothingObserved, totalsOf } from "./observation-totals.ts";

function counts(requests: number, errors: number) {
  return { ...noRequests, requests, errors };
}

function seen(from: number, differences: Partial<Observation> = {}): Observation {
  return {
    from: from * 1000,
    until: (from + 10) * 1000,
    complete: true,
    members: {},
    unserved: 0,
    queued: 0,
    loads: {},
    restarts: {},
    ...differences,
  };
}

describe("what was seen over a whole deployment", () => {
  it("is the sum over members and stretches of time, with requests that nobody served", () => {
    const totals = totalsOf([
      { event: { kind: "observed", ...seen(0, { members: { "blue/web-1": counts(100, 1) } }) } },
      { event: { kind: "resumed", by: "kim" } },
      {
        event: {
          kind: "observed",
          ...seen(10, { members: { "blue/web-1": counts(50, 0), "green/web-2": counts(7, 2) }, unserved: 3 }),
        },
      },
    ]);
    expect(totals).toMatchObject({ requests: 160, failed: 6, observedMilliseconds: 20_000, missedMilliseconds: 0 });
    expect(totals.members["blue/web-1"]?.requests).toBe(150);
  });

  it("says for how long requests may have been missed", () => {
    const totals = [seen(0), seen(10, { complete: false }), seen(20)].reduce(addObservation, nothingObserved);
    expect(totals.missedMilliseconds).toBe(10_000);
  });

  it("has the slowest answer of all that was asked from outside, and nothing where nobody asks", () => {
    const prober = (sent: number, failed: number, slowestMilliseconds: number) => ({
      prober: { sent, failed, slowestMilliseconds },
    });
    const all = [seen(0, prober(50, 0, 93)), seen(10), seen(20, prober(50, 1, 12))];
    expect(all.reduce(addObservation, nothingObserved).prober).toEqual({
      sent: 100,
      failed: 1,
      slowestMilliseconds: 93,
    });
    expect(addObservation(nothingObserved, seen(0))).not.toHaveProperty("prober");
  });
});
