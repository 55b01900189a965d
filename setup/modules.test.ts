import { describe, expect, it } from "vitest";

import { isInStep } from "./modules.mjs";

const lockOf = (packages: Record<string, { integrity: string; optional?: boolean }>): string =>
  JSON.stringify({ packages });

describe("an installation of npm packages", () => {
  const lock = lockOf({
    "node_modules/zod": { integrity: "sha512-a" },
    "node_modules/for-macs": { integrity: "sha512-b", optional: true },
  });

  it("is in step when it has what the lock file asks for, other platforms' packages aside", () => {
    expect(isInStep(lock, lockOf({ "node_modules/zod": { integrity: "sha512-a" } }))).toBe(true);
  });

  it.each([
    ["is not there", ""],
    ["lacks a package", lockOf({})],
    ["has another version", lockOf({ "node_modules/zod": { integrity: "sha512-c" } })],
    [
      "has a package too many",
      lockOf({ "node_modules/zod": { integrity: "sha512-a" }, "node_modules/x": { integrity: "y" } }),
    ],
  ])("is not in step when it %s", (_, record) => {
    expect(isInStep(lock, record)).toBe(false);
  });
});
