import { describe, expect, it } from "vitest";

import { inRange, versionIn } from "./version-range.ts";

describe("the version that a program prints", () => {
  it.each([
    ['openjdk version "21.0.4" 2024-07-16', "21.0.4"],
    ['java version "1.8.0_292"', "8.0"],
    ["v20.19.2", "20.19.2"],
    ["Python 3.13.5", "3.13.5"],
    ["go version go1.24.4 linux/amd64", "1.24.4"],
    ["no digits at all", undefined],
  ])("is found in %j", (text, version) => {
    expect(versionIn(text)).toBe(version);
  });
});

describe("a version range", () => {
  it.each([
    ["21.0.4", ">=21", true],
    ["17.0.15", ">=21", false],
    ["21.0.4", ">=21 <22", true],
    ["22", ">=21 <22", false],
    ["21.0.4", "21", true],
    ["21.0.4", "<=21", true],
    ["21.0.4", ">21", false],
    ["22.1", ">21", true],
    ["20.9", "^20.3", true],
    ["21.0", "^20.3", false],
    ["3.11.7", "~3.11.2", true],
    ["3.12.0", "~3.11.2", false],
    ["10.0", ">=9", true],
  ])("holds %s against %s: %s", (version, range, holds) => {
    expect(inRange(version, range)).toBe(holds);
  });
});
