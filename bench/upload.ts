/**
 * How many bytes go to a host when one class of a 60 MB jar changed, as its network card counts them, all of a
 * release included; beside the smallest patch that the programs of this machine make of the same two files.
 *
 *     node bench/upload.ts
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { signalbox } from "./peers/signalbox.ts";
import { Fleet } from "./support/fleet.ts";
import { bootJar, makeJar, type JarShape } from "./support/jar.ts";
import { measure } from "./support/measure.ts";
import { patchSizes } from "./support/patch-programs.ts";
import { makeRelease } from "./support/release.ts";

const aYearLater = { builtAt: 400 * 86_400 + 12_345 };
const changes: readonly (readonly [title: string, shape: JarShape])[] = [
  ["1 class, same time stamps", { ...bootJar, changed: [137] }],
  ["another class, all time stamps new", { ...bootJar, changed: [137, 42], ...aYearLater }],
];
const kilobytes = (bytes: number): string => (bytes / 1024).toFixed(1);

const directory = await mkdtemp(path.join(tmpdir(), "signalbox-bench-"));
const fleet = await Fleet.boot(1);
try {
  const peer = await signalbox(fleet);
  const warm = peer.rows[0]!;
  try {
    let old = await makeRelease(directory, makeJar(bootJar));
    await peer.begin(old);
    const small = await makeRelease(directory, Buffer.alloc(0));
    await warm.prepare!(small);
    const { upBytes: nothing } = await measure(fleet, peer.group, () => warm.run(small));
    process.stdout.write(`A release without the jar sends ${kilobytes(nothing)} KB.\n\n`);
    await warm.prepare!(old);
    await warm.run(old);

    process.stdout.write(
      "| change | KB up | of it the jar | smallest patch, KB | by | × | × of the jar alone | controller CPU s |\n|--|--:|--:|--:|--|--:|--:|--:|\n",
    );
    for (const [title, shape] of changes) {
      const fresh = await makeRelease(directory, makeJar(shape));
      await warm.prepare!(fresh);
      const { upBytes, controllerSeconds } = await measure(fleet, peer.group, () => warm.run(fresh));
      const [best] = patchSizes(old.file, fresh.file).toSorted((a, b) => a.bytes - b.bytes);
      const times = (bytes: number): string => (best === undefined ? "?" : (bytes / best.bytes).toFixed(2));
      const cells = [
        title,
        kilobytes(upBytes),
        kilobytes(upBytes - nothing),
        best === undefined ? "?" : kilobytes(best.bytes),
        best?.way ?? "neither xdelta3 nor zstd is installed",
        times(upBytes),
        times(upBytes - nothing),
        controllerSeconds.toFixed(2),
      ];
      process.stdout.write(`| ${cells.join(" | ")} |\n`);
      old = fresh;
    }
  } finally {
    await peer.close();
  }
} finally {
  await fleet.stop();
  await rm(directory, { recursive: true, force: true });
}
