/** What every store of artifacts has to do. */
import { spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

import { applyDifference } from "../core/difference.ts";
import { ArtifactRefused, type Artifacts, type Difference } from "./artifacts.ts";
import type { ByteSource } from "./hosts.ts";

export function describeArtifacts(title: string, create: () => Artifacts): void {
  describe(`artifacts in ${title}`, () => {
    it("keeps a file as it is, under the digest of its bytes", async () => {
      const artifacts = create();
      const bytes = randomBytes(1_000_000);
      const artifact = await artifacts.takeIn(fileOf("orders.jar", bytes));
      expect(artifact).toEqual({ sha256: sha256(bytes), bytes: bytes.length, form: "file", name: "orders.jar" });
      expect(await artifacts.has(artifact.sha256)).toBe(true);
      expect(await artifacts.describe(artifact.sha256)).toEqual(artifact);
      expect(await bytesOf(artifacts.read(artifact.sha256))).toEqual(bytes);
    });

    it("reads from an offset on, as often as asked", async () => {
      const artifacts = create();
      const bytes = randomBytes(300_000);
      const { sha256 } = await artifacts.takeIn(fileOf("a.jar", bytes));
      const source = artifacts.read(sha256, 123_456);
      expect(source.bytes).toBe(300_000 - 123_456);
      for (let time = 0; time < 2; time++) expect(await bytesOf(source)).toEqual(bytes.subarray(123_456));
    });

    it("gives directories with equal content equal digests, whatever their times, owners' masks and order", async () => {
      const artifacts = create();
      const first = directoryOf(["b.txt", "a/c.txt", "run.sh"]);
      const second = directoryOf(["run.sh", "a/c.txt", "b.txt"]);
      chmodSync(join(second, "b.txt"), 0o600);
      utimesSync(join(second, "a"), 1, 1);
      expect(await artifacts.takeIn(second)).toEqual(await artifacts.takeIn(first));
    });

    it("sees the executable bit as content", async () => {
      const artifacts = create();
      const [first, second] = [directoryOf(["run.sh"]), directoryOf(["run.sh"])];
      chmodSync(join(second, "run.sh"), 0o755);
      const [plain, executable] = [await artifacts.takeIn(first), await artifacts.takeIn(second)];
      expect(plain.form).toBe("tar");
      expect(executable.sha256).not.toBe(plain.sha256);
    });

    it("refuses a directory with a link that leads out", async () => {
      const directory = directoryOf(["a.txt"]);
      symlinkSync("../../etc/shadow", join(directory, "loot"));
      await expect(create().takeIn(directory)).rejects.toThrow(ArtifactRefused);
    });

    it("forgets what nobody wants to keep", async () => {
      const artifacts = create();
      const [kept, forgotten] = [
        await artifacts.takeIn(fileOf("a.jar", randomBytes(10))),
        await artifacts.takeIn(fileOf("a.jar", randomBytes(10))),
      ];
      expect(await artifacts.keepOnly(new Set(), 0)).toEqual([]);
      expect(await artifacts.keepOnly(new Set([kept.sha256]), Number.POSITIVE_INFINITY)).toEqual([forgotten.sha256]);
      expect([await artifacts.has(kept.sha256), await artifacts.has(forgotten.sha256)]).toEqual([true, false]);
    });

    it("makes a difference that turns the old artifact into the new one", async () => {
      const artifacts = create();
      const old = randomBytes(500_000);
      const fresh = Buffer.concat([old.subarray(100_000), randomBytes(700), old.subarray(0, 150_000)]);
      const [from, to] = [await artifacts.takeIn(fileOf("a", old)), await artifacts.takeIn(fileOf("a", fresh))];
      const difference = await artifacts.difference(from.sha256, to.sha256);
      if (difference === undefined) throw new Error("there is a difference that pays");
      expect(await applied(difference, old)).toEqual(fresh);
      expect(difference.stream.bytes).toBeLessThan(1500);
    });

    it("makes no difference between artifacts that have little in common", async () => {
      const artifacts = create();
      const from = await artifacts.takeIn(fileOf("a", randomBytes(100_000)));
      const to = await artifacts.takeIn(fileOf("a", randomBytes(100_000)));
      expect(await artifacts.difference(from.sha256, to.sha256)).toBeUndefined();
    });
  });
}

function fileOf(name: string, bytes: Uint8Array): string {
  const path = join(mkdtempSync(join(tmpdir(), "artifact-")), name);
  writeFileSync(path, bytes);
  return path;
}

function directoryOf(files: readonly string[]): string {
  const directory = join(mkdtempSync(join(tmpdir(), "artifact-")), "dist");
  for (const file of files) {
    mkdirSync(join(directory, file, ".."), { recursive: true });
    writeFileSync(join(directory, file), `content of ${file}\n`);
  }
  return directory;
}

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

async function bytesOf(source: ByteSource): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(source.stream()));
}

/** What a host does with a difference. */
async function applied({ stream }: Difference, old: Buffer): Promise<Buffer> {
  const [oldFile, newFile] = [fileOf("old", old), fileOf("new", Buffer.alloc(0))];
  const [program, ...rest] = applyDifference(oldFile, newFile);
  expect(spawnSync(program, rest, { input: await bytesOf(stream) }).status).toBe(0);
  return readFileSync(newFile);
}
