import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, describe, expect, it } from "vitest";

import type { LogName } from "../../ports/logs.ts";
import { describeLogs } from "../../ports/logs.contract.ts";
import { systemClock } from "../clock/system.ts";
import { fileLogs } from "./files.ts";
import { KeptLog } from "./kept-log.ts";

const megabytes = process.env["SIGNALBOX_TEST_ALL"] === "1" ? 2000 : 200;

const root = mkdtempSync(join(tmpdir(), "signalbox-logs-"));
afterAll(() => rmSync(root, { recursive: true }));
const aDirectory = (): string => mkdtempSync(join(root, "test-"));

describeLogs("logs in files", ({ clock, secrets }) =>
  fileLogs({ directory: aDirectory(), clock: { ...clock, sleep: () => Promise.resolve() }, secrets }),
);

describe("logs in files", () => {
  const log: LogName = { deployment: "01J0", track: "rollout", step: 3, host: "web-1" };
  const none = (): readonly string[] => [];
  const small = { headBytes: 5_000, tailBytes: 45_000, pieceBytes: 2_250 };
  const files = (directory: string): string[] =>
    readdirSync(join(directory, "logs", log.deployment)).map((file) => join(directory, "logs", log.deployment, file));
  const bytes = (directory: string): number => files(directory).reduce((sum, file) => sum + statSync(file).size, 0);
  const texts = async (
    directory: string,
    options: { last?: number; limits?: typeof small } = {},
  ): Promise<string[]> => {
    const { limits = small, ...read } = options;
    const logs = fileLogs({ directory, clock: systemClock, secrets: none, limits });
    return (await Array.fromAsync(logs.read(log, read))).map(({ text }) => text);
  };

  /** Lines with their numbers, in many small writes. */
  const write = async (directory: string, from: number, to: number): Promise<void> => {
    const logs = fileLogs({ directory, clock: systemClock, secrets: none, limits: small });
    for (let line = from; line < to; line += 10) {
      const writer = logs.open(log);
      for (let next = line; next < Math.min(line + 10, to); next += 1) writer.write(`line ${next}\n`);
      await writer.close();
    }
  };

  it("keep the beginning and the end, and say how much is missing between", async () => {
    const directory = aDirectory();
    await write(directory, 0, 10_000);

    const lines = await texts(directory);
    const at = lines.findIndex((line) => line.startsWith("["));
    const [head, tail] = [lines.slice(0, at), lines.slice(at + 1)];
    expect(head).toEqual(Array.from({ length: head.length }, (_, index) => `line ${index}`));
    expect(tail).toEqual(Array.from({ length: tail.length }, (_, index) => `line ${10_000 - tail.length + index}`));

    const whole =
      10_000 * "1790000000000 ".length + Array.from({ length: 10_000 }, (_, line) => `line ${line}\n`).join("").length;
    const missing = Number(/^\[(\d+) bytes of output are not kept\]$/.exec(lines[at]!)?.[1]);
    const header =
      readFileSync(
        files(directory).find((file) => file.endsWith(".head"))!,
        "utf8",
      ).indexOf("\n") + 1;
    expect(missing + bytes(directory)).toBe(whole + header);
    expect(bytes(directory)).toBeLessThanOrEqual(50_000);
    expect(bytes(directory)).toBeGreaterThan(46_000);
  });

  it("show the same lines at the end, however many are asked for", async () => {
    const directory = aDirectory();
    await write(directory, 0, 6_000);
    const all = await texts(directory);
    for (const last of [1, 5, 100, 1_000, all.length - 1, all.length, all.length + 10]) {
      expect(await texts(directory, { last })).toEqual(all.slice(-last));
    }
  });

  it("read little for the last lines of a large log", async () => {
    const directory = aDirectory();
    const logs = fileLogs({ directory, clock: systemClock, secrets: none });
    const writer = logs.open(log);
    const line = `${"x".repeat(99)}\n`;
    for (let chunk = 0; chunk < 600; chunk += 1) writer.write(line.repeat(1000));
    await writer.close();
    expect(bytes(directory)).toBeGreaterThan(46 * 1024 * 1024);

    const timed = async (last: number): Promise<number> => {
      const begun = performance.now();
      expect(await Array.fromAsync(logs.read(log, { last }))).toHaveLength(last);
      return performance.now() - begun;
    };
    expect(await timed(100)).toBeLessThan((await timed(300_000)) / 5);
  });

  it(`take ${megabytes} MB without growing, in the process or on disk`, async () => {
    const directory = aDirectory();
    const logs = fileLogs({
      directory,
      clock: systemClock,
      secrets: () => ["correct horse battery", "staple ".repeat(600)],
    });
    const writer = logs.open(log);
    const chunk = `${"the quick brown fox jumps over the lazy dog ".repeat(3)}\n`.repeat(500);
    const before = process.memoryUsage().rss;
    let most = 0;
    for (let written = 0; written < megabytes * 1024 * 1024; written += chunk.length) {
      writer.write(chunk);
      most = Math.max(most, process.memoryUsage.rss() - before);
    }
    // One line without an end is no different.
    for (let times = 0; times < 1000; times += 1) writer.write("x".repeat(100_000));
    await writer.close();
    expect(most).toBeLessThan(64 * 1024 * 1024);
    expect(bytes(directory)).toBeLessThanOrEqual(50 * 1024 * 1024);
  }, 120_000);

  it("go on after a line that a power cut left unfinished", async () => {
    const directory = aDirectory();
    await write(directory, 0, 20);
    const head = files(directory)[0]!;
    truncateSync(head, statSync(head).size - 3);
    await write(directory, 20, 30);
    const lines = await texts(directory);
    expect(lines.slice(18, 21)).toEqual(["line 18", "line ", "line 20"]);
    expect(lines.at(-1)).toBe("line 29");
  });

  it("are not disturbed by other files beside them", async () => {
    const directory = aDirectory();
    await write(directory, 0, 20);
    appendFileSync(join(directory, "logs", log.deployment, "notes.txt"), "mine");
    appendFileSync(join(directory, "logs", log.deployment, "other.head"), "not a name\n");
    expect(await texts(directory)).toHaveLength(20);
    const logs = fileLogs({ directory, clock: systemClock, secrets: none });
    expect(await logs.list(log.deployment)).toEqual([log]);
  });

  it("are for the server's user only", async () => {
    const directory = aDirectory();
    await write(directory, 0, 20);
    for (const path of [join(directory, "logs"), join(directory, "logs", log.deployment), ...files(directory)]) {
      expect(statSync(path).mode & 0o077).toBe(0);
    }
  });

  it("stop growing before the disk is full, and say afterwards how much was lost", async () => {
    const directory = aDirectory();
    let full = true;
    const limits = {
      ...small,
      get leaveFreeBytes() {
        return full ? Number.MAX_SAFE_INTEGER : 0;
      },
    };
    const kept = new KeptLog(join(directory, "logs"), log, limits);
    kept.append(1_000, "one");
    kept.flush();
    kept.append(1_001, "two");
    kept.flush();
    full = false;
    kept.append(1_002, "three");
    kept.flush();
    kept.append(1_003, "four");
    kept.flush();
    expect(await texts(directory)).toEqual([
      "[18 bytes of output were not kept: the disk is nearly full]",
      "three",
      "four",
    ]);
  });

  it("reach the disk within a moment", async () => {
    const directory = aDirectory();
    const writer = fileLogs({ directory, clock: systemClock, secrets: none }).open(log);
    writer.write("one\n");
    await expect.poll(() => texts(directory)).toEqual(["one"]);
    await writer.close();
  });
});
