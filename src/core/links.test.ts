import { describe, expect, it } from "vitest";

import { whyLinkIsRefused } from "./links.ts";

describe("a link in a tree", () => {
  it.each([
    ["l", "a"],
    ["a/l", "../b"],
    ["a/b/l", "../../c"],
    ["node_modules/.bin/x", "../x/cli.js"],
    ["l", "."],
    ["l", "a/../b"],
  ])("may be %s to %s", (path, target) => {
    expect(whyLinkIsRefused(path, new Map([[path, target]]))).toBeUndefined();
  });

  it.each([
    ["l", "/etc/passwd", /absolute/],
    ["l", "..", /leads out/],
    ["a/l", "../../b", /leads out/],
    ["l", "a/../../b", /leads out/],
    ["l", "", /no usable target/],
    ["l", "l", /circles/],
  ])("may not be %s to %j", (path, target, why) => {
    expect(whyLinkIsRefused(path, new Map([[path, target]]))).toMatch(why);
  });

  it("is followed through other links, as the kernel does it", () => {
    const links = new Map([
      ["deep/er/up", "../.."],
      ["inside", "deep/er/up/x"],
      ["outside", "deep/er/up/../x"],
    ]);
    expect(whyLinkIsRefused("inside", links)).toBeUndefined();
    expect(whyLinkIsRefused("outside", links)).toMatch(/leads out/);
  });
});
