import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { makePrivateDirectory } from "./private-directory.ts";

describe("the private directory", () => {
  let base: string;
  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), "sb-"));
  });
  afterEach(() => rmSync(base, { recursive: true }));

  function leftOver(name: string, owner: string | undefined, ageSeconds = 0): void {
    const directory = join(base, `signalbox-ssh-${name}`);
    mkdirSync(directory);
    if (owner !== undefined) writeFileSync(join(directory, "owner"), owner);
    const time = Date.now() / 1000 - ageSeconds;
    utimesSync(directory, time, time);
  }

  it("can be entered by nobody else", async () => {
    expect(statSync(await makePrivateDirectory(base)).mode & 0o777).toBe(0o700);
  });

  it("of a process that is gone is removed, also when its number was given to another one", async () => {
    leftOver("gone", "999999999 123");
    leftOver("reused", `${process.pid} 1`);
    leftOver("young", undefined);
    leftOver("old", undefined, 3600);
    const own = await makePrivateDirectory(base);
    const second = await makePrivateDirectory(base);
    expect(readdirSync(base).sort()).toEqual(
      [own, second, join(base, "signalbox-ssh-young")].map((path) => path.slice(base.length + 1)).sort(),
    );
  });

  it("leaves alone what has another name", async () => {
    mkdirSync(join(base, "other"));
    await makePrivateDirectory(base);
    expect(readdirSync(base)).toContain("other");
  });

  it("is refused where a socket's path would be too long", async () => {
    await expect(makePrivateDirectory(join(base, "x".repeat(60)))).rejects.toThrow("too long");
  });
});
