/** The program that runs a migration, with a real shell and a login whose home is a directory of the test. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { aStep } from "../../test/support/step-context.ts";
import type { Migration } from "../core/service.ts";
import type { Command } from "../ports/hosts.ts";
import { migrate } from "./migrate.ts";

const step = { kind: "migrate", hosts: ["web-1"], migration: "expand" } as const;

describe("a migration", () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), "migrations-"));
    writeFileSync(join(home, "getent"), `#!/bin/sh\necho login:x:1:1::${home}:/bin/sh\n`, { mode: 0o755 });
  });
  afterEach(() => rmSync(home, { recursive: true }));

  function run(...words: readonly string[]): ReturnType<typeof migrate.perform> {
    const migration: Migration = {
      id: "add a column",
      kind: "expand",
      backup: [],
      run: words,
      on: "first-host",
      limitSeconds: 20,
    };
    const env = { ...process.env, PATH: `${home}${delimiter}${process.env["PATH"] ?? ""}` };
    const world = aStep({
      target: { migration, root: home },
      plan: { goal: { "web-1": "42-aaaaaaaaaaaa" } },
      answer: (_host, { argv: [program, ...args] }: Command) => {
        const { status, stdout, stderr } = spawnSync(program, args, { env, encoding: "utf8" });
        return { code: status ?? 1, stdout, stderr };
      },
    });
    return migrate.perform(step, world.context);
  }

  it("is done once", async () => {
    expect(await run("echo", "without a line's end")).toEqual({ kind: "done", changed: true, note: "add a column" });
  });

  it("that nobody saw end is not done because of what it printed", async () => {
    const program = `echo code=0; echo asked=yes; kill -9 "$(ps -o ppid= -p $PPID | tr -d ' ')"`;
    expect(await run("sh", "-c", program)).toMatchObject({
      kind: "failed",
      message: expect.stringContaining("nobody saw how it ended"),
    });
  });
});
