import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { batches, largestBatch } from "./batch.ts";

const noZones = (): undefined => undefined;

describe("the batches of a fleet", () => {
  it("begin with one host, then have the size that was asked for", () => {
    const hosts = ["a", "b", "c", "d", "e", "f"];
    expect(batches(hosts, { size: 2, zoneOf: noZones, floor: 0 })).toEqual([["a"], ["b", "c"], ["d", "e"], ["f"]]);
  });

  it("never span two zones, and take one zone after the other", () => {
    const zones = new Map([
      ["a1", "a"],
      ["b1", "b"],
      ["a2", "a"],
      ["a3", "a"],
      ["b2", "b"],
    ]);
    const rules = { size: 2, zoneOf: (host: string) => zones.get(host), floor: 0 };
    expect(batches([...zones.keys()], rules)).toEqual([["a1"], ["a2", "a3"], ["b1", "b2"]]);
  });

  it("roll twelve hosts in three zones zone by zone", () => {
    const hosts = Array.from({ length: 12 }, (_, index) => `web-${index + 1}`);
    const zoneOf = (host: string): string => "abc"[(Number(host.slice(4)) - 1) % 3]!;
    expect(batches(hosts, { size: "25%", zoneOf, floor: 9 }).map((batch) => batch.map(zoneOf).join(""))).toEqual([
      "a",
      "aaa",
      "bbb",
      "b",
      "ccc",
      "c",
    ]);
  });

  it("keep hosts without a zone together, apart from the zones", () => {
    const zoneOf = (host: string): string | undefined => (host === "a" ? "a" : undefined);
    expect(batches(["x", "a", "y"], { size: 3, zoneOf, floor: 0 })).toEqual([["x"], ["y"], ["a"]]);
  });

  it("of no hosts are none", () => {
    expect(batches([], { size: 2, zoneOf: noZones, floor: 0 })).toEqual([]);
  });

  it.each([
    [10, "25%", 0, 2],
    [3, "25%", 0, 1],
    [10, "100%", 4, 6],
    [10, 20, 1, 9],
    [1, 1, 0, 1],
  ] as const)("of %i hosts with size %s and floor %i have at most %i hosts", (fleet, size, floor, most) => {
    expect(largestBatch(fleet, { size, floor })).toBe(most);
  });

  it("can't be cut when the floor leaves no host free", () => {
    expect(() => batches(["a", "b"], { size: 1, zoneOf: noZones, floor: 2 })).toThrow(RangeError);
  });

  it("hold every host exactly once and keep every rule, whatever the fleet", () => {
    const fleets = fc.record({
      zones: fc.array(fc.constantFrom("a", "b", "c", undefined), { minLength: 1, maxLength: 20 }),
      size: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom<"10%" | "50%" | "100%">("10%", "50%", "100%")),
      floor: fc.nat(19),
    });
    fc.assert(
      fc.property(fleets, ({ zones, size, floor }) => {
        fc.pre(floor < zones.length);
        const hosts = zones.map((_, index) => `h${index}`);
        const zoneOf = (host: string): string | undefined => zones[Number(host.slice(1))];
        const all = batches(hosts, { size, zoneOf, floor });
        expect(all.flat().toSorted()).toEqual(hosts.toSorted());
        expect(all[0]).toHaveLength(1);
        for (const batch of all) {
          expect(new Set(batch.map(zoneOf)).size).toBe(1);
          expect(hosts.length - batch.length).toBeGreaterThanOrEqual(floor);
        }
      }),
      { numRuns: 500 },
    );
  });
});
