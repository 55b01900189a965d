import { describe, expect, it } from "vitest";

import type { ProgramOptions } from "../../ports/programs.ts";
import { localPrograms } from "./local.ts";

const options = (differences: Partial<ProgramOptions> = {}): ProgramOptions => ({
  variables: {},
  limitSeconds: 30,
  signal: new AbortController().signal,
  onOutput: () => {},
  ...differences,
});

/** The timers that keep this process. */
const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;

describe("a program on the server", () => {
  it("ends with its exit status", async () => {
    expect(await localPrograms.run(["sh", "-c", "exit 3"], options())).toBe(3);
  });

  it("is given what it says", async () => {
    let said = "";
    await localPrograms.run(
      ["sh", "-c", 'echo "$WORD"'],
      options({ variables: { WORD: "hello" }, onOutput: (text) => (said += text) }),
    );
    expect(said).toBe("hello\n");
  });

  it("leaves no timer behind when it can't be started", async () => {
    const before = timers();
    await expect(localPrograms.run(["/no/such/program"], options())).rejects.toThrow("ENOENT");
    expect(timers()).toBe(before);
  });

  it("is over when it ends, whoever it left behind with its output open", async () => {
    const began = Date.now();
    expect(await localPrograms.run(["sh", "-c", "setsid sleep 8 & echo begun"], options())).toBe(0);
    expect(Date.now() - began).toBeLessThan(5_000);
  });

  it("is not begun for who does not want it any more", async () => {
    const began = Date.now();
    await localPrograms.run(["sleep", "8"], options({ signal: AbortSignal.abort() }));
    expect(Date.now() - began).toBeLessThan(5_000);
  });

  it("ends at its limit", async () => {
    expect(await localPrograms.run(["sleep", "8"], options({ limitSeconds: 1 }))).toBe(128 + 15);
  });
});
