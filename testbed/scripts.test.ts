import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..");
const scripts = [...globSync("testbed/**/*.sh", { cwd: root }), ".ci/run"];
const hasShellcheck = spawnSync("shellcheck", ["--version"]).status === 0;

describe("the shell scripts of testbed and CI", () => {
  it.skipIf(!hasShellcheck).each(scripts)("have nothing for shellcheck to say: %s", (script) => {
    expect(spawnSync("shellcheck", [script], { cwd: root, encoding: "utf8" }).stdout).toBe("");
  });

  it("are all found", () => {
    expect(scripts).toHaveLength(5);
  });
});
