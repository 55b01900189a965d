import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";

import { bootJar, makeJar } from "../../../bench/support/jar.ts";
import { applyDifference, differenceStream } from "../../core/difference.ts";
import { fileArtifacts } from "./file-artifacts.ts";
import { gzipSync } from "node:zlib";

const directory = mkdtempSync(join(tmpdir(), "differences-"));
afterAll(() => rmSync(directory, { recursive: true }));

/** The shells that a host may have as `sh`. */
const shells = [["dash"], ["bash", "--posix"], ["busybox", "sh"]].filter(
  ([shell = ""]) => spawnSync("sh", ["-c", `command -v ${shell}`]).status === 0,
);

function apply(shell: readonly string[], old: string, fresh: string, stream: Buffer): number | null {
  const [, ...rest] = applyDifference(old, fresh);
  return spawnSync(shell[0] ?? "sh", [...shell.slice(1), ...rest], { input: stream }).status;
}

describe("the difference between two builds of a 60 MB jar", () => {
  it("costs less than 24 KB when one class changed and every time stamp is new", async () => {
    const artifacts = fileArtifacts({ directory });
    const [old, fresh] = [join(directory, "old.jar"), join(directory, "new.jar")];
    writeFileSync(old, makeJar(bootJar));
    writeFileSync(fresh, makeJar({ ...bootJar, changed: [137], builtAt: 34_567_890 }));
    const [from, to] = [await artifacts.takeIn(old), await artifacts.takeIn(fresh)];
    const difference = await artifacts.difference(from.sha256, to.sha256);

    // xdelta3 -9, the smallest that is known, needs 7,899 bytes; three times that is the goal.
    expect(difference?.stream.bytes).toBeLessThan(3 * 7899);
    // 342 entries changed: two pieces for each.
    expect(difference?.pieces).toBeLessThanOrEqual(2 * 342 + 1);
    const stream = Buffer.concat(await Array.fromAsync(difference?.stream.stream() ?? []));
    const made = join(directory, "made.jar");
    expect(apply(["sh"], old, made, stream)).toBe(0);
    expect(readFileSync(made).equals(readFileSync(fresh))).toBe(true);
  }, 60_000);
});

describe("the stream of a difference", () => {
  const old = join(directory, "small");
  const made = join(directory, "small.new");
  writeFileSync(old, "0123456789");

  it.each(shells)("carries every byte, short and long (%s)", (...shell) => {
    const every = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    const pieces = [
      { from: 3, bytes: 4 },
      { literal: every.subarray(0, 64) },
      { literal: every },
      { from: 0, bytes: 1 },
      { literal: every.subarray(37, 38) },
    ];
    const stream = gzipSync(Buffer.concat([...differenceStream(pieces)]));
    expect(apply(shell, old, made, stream)).toBe(0);
    expect(readFileSync(made)).toEqual(
      Buffer.concat([Buffer.from("3456"), every.subarray(0, 64), every, Buffer.from("0"), every.subarray(37, 38)]),
    );
  });

  it.each(shells)("that ends too early is an error (%s)", (...shell) => {
    const whole = Buffer.concat([...differenceStream([{ from: 0, bytes: 10 }, { literal: Buffer.alloc(500) }])]);
    for (const length of [0, 5, 9, whole.length - 2])
      expect(apply(shell, old, made, gzipSync(whole.subarray(0, length)))).not.toBe(0);
    expect(apply(shell, old, made, Buffer.from("not compressed"))).not.toBe(0);
    expect(apply(shell, join(directory, "missing"), made, gzipSync(whole))).not.toBe(0);
  });
});
