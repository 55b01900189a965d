/**
 * How many bytes an upload sends when one class of a 60 MB jar changed, beside the best patch programs of the machine.
 *
 *     node bench/difference.ts
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { fileArtifacts } from "../src/adapters/artifacts/index.ts";
import { applyDifference } from "../src/core/difference.ts";
import type { Difference } from "../src/ports/artifacts.ts";
import { bootJar, makeJar, type JarShape } from "./support/jar.ts";
import { patchSizes } from "./support/patch-programs.ts";

const aYearLater = { builtAt: 400 * 86_400 + 12_345 };
const changes: Readonly<Record<string, JarShape>> = {
  "1 class, same time stamps": { ...bootJar, changed: [137] },
  "1 class, all time stamps new": { ...bootJar, changed: [137], ...aYearLater },
  "10 classes, all time stamps new": {
    ...bootJar,
    changed: [1, 40, 80, 137, 200, 201, 202, 250, 260, 299],
    ...aYearLater,
  },
};

const directory = mkdtempSync(join(tmpdir(), "difference-"));
try {
  const artifacts = fileArtifacts({ directory });
  const old = join(directory, "old.jar");
  writeFileSync(old, makeJar(bootJar));
  const from = await artifacts.takeIn(old);
  print(["change", "way", "bytes", "x smallest", "CPU ms", "pieces", "applied in ms"]);
  for (const [title, shape] of Object.entries(changes)) {
    const fresh = join(directory, "new.jar");
    writeFileSync(fresh, makeJar(shape));
    const to = await artifacts.takeIn(fresh);
    const before = process.cpuUsage();
    const difference = await artifacts.difference(from.sha256, to.sha256);
    const { user, system } = process.cpuUsage(before);
    if (difference === undefined) throw new Error("there is no difference that pays");
    const rivals = patchSizes(old, fresh);
    const smallest = Math.min(difference.stream.bytes, ...rivals.map(({ bytes }) => bytes));
    const row = (way: string, bytes: number, ...more: (string | number)[]): void =>
      print([title, way, bytes, (bytes / smallest).toFixed(2), ...more]);
    const milliseconds = await applied(difference, old, fresh);
    row("signalbox", difference.stream.bytes, Math.round((user + system) / 1000), difference.pieces, milliseconds);
    for (const { way, bytes } of rivals) row(way, bytes);
  }
} finally {
  rmSync(directory, { recursive: true });
}

function print(cells: readonly (string | number)[]): void {
  console.log(cells.join("\t"));
}

/** How long a host needs, and whether it gets the new file. */
async function applied(difference: Difference, old: string, fresh: string): Promise<number> {
  const made = join(directory, "made.jar");
  const [program, ...rest] = applyDifference(old, made);
  const input = Buffer.concat(await Array.fromAsync(difference.stream.stream()));
  const began = performance.now();
  const { status } = spawnSync(program, rest, { input });
  const milliseconds = Math.round(performance.now() - began);
  if (status !== 0 || !readFileSync(made).equals(readFileSync(fresh)))
    throw new Error("the difference gives another file");
  return milliseconds;
}
