import { describe, expect, it } from "vitest";

import { byZone } from "./topology.ts";

describe("hosts by zone", () => {
  it("keep their order, and the zones the order of their first host", () => {
    const zones: Readonly<Record<string, string>> = { a: "north", b: "south", c: "north" };
    expect(byZone(["b", "a", "c"], (host) => zones[host])).toEqual([["b"], ["a", "c"]]);
  });

  it("without a zone form one group", () => {
    expect(byZone(["a", "b"], () => undefined)).toEqual([["a", "b"]]);
  });

  it("of no hosts are no groups", () => {
    expect(byZone([], () => "a")).toEqual([]);
  });
});
