import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";

import { describeArtifacts } from "../../ports/artifacts.contract.ts";
import { fileArtifacts } from "./file-artifacts.ts";

const all = mkdtempSync(join(tmpdir(), "artifacts-"));
const newDirectory = (): string => mkdtempSync(join(all, "data-"));
afterAll(() => rmSync(all, { recursive: true }));

describeArtifacts("files", () => fileArtifacts({ directory: newDirectory() }));

describe("artifacts in files", () => {
  it("keep equal bytes once, and nothing half", async () => {
    const directory = newDirectory();
    const file = join(directory, "a.jar");
    writeFileSync(file, "the same");
    const artifacts = fileArtifacts({ directory });
    const [first, second] = await Promise.all([artifacts.takeIn(file), artifacts.takeIn(file)]);
    expect(second).toEqual(first);
    expect(readdirSync(join(directory, "artifacts")).toSorted()).toEqual(
      [first.sha256, `${first.sha256}.json`, "unfinished"].toSorted(),
    );
    expect(readdirSync(join(directory, "artifacts/unfinished"))).toEqual([]);
  });

  it("forget what a killed server was writing", async () => {
    const directory = newDirectory();
    const unfinished = join(directory, "artifacts/unfinished");
    mkdirSync(unfinished, { recursive: true });
    writeFileSync(join(unfinished, "half"), "ha");
    writeFileSync(join(directory, "a"), "x");
    await fileArtifacts({ directory }).takeIn(join(directory, "a"));
    expect(readdirSync(unfinished)).toEqual([]);
  });

  it("can't be read by other users of the server", async () => {
    const directory = newDirectory();
    writeFileSync(join(directory, "a"), "x");
    const { sha256 } = await fileArtifacts({ directory }).takeIn(join(directory, "a"));
    expect(statSync(join(directory, "artifacts", sha256)).mode & 0o077).toBe(0);
  });

  it("take in 400 MiB without holding them in memory", async () => {
    const directory = newDirectory();
    const file = join(directory, "large.jar");
    writeFileSync(file, "start");
    truncateSync(file, 400 * 2 ** 20);
    const before = process.memoryUsage().rss;
    let most = 0;
    const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 20);
    const artifact = await fileArtifacts({ directory }).takeIn(file);
    clearInterval(watch);
    expect(artifact.bytes).toBe(400 * 2 ** 20);
    expect(most - before).toBeLessThan(150 * 2 ** 20);
  }, 60_000);

  it.each(["../x", "a b.jar", "-rf", "ä.jar", ".hidden", "x\ny"])("refuse the name %j", async (name) => {
    const directory = newDirectory();
    const file = join(directory, name.replaceAll("/", "_"));
    writeFileSync(file, "x");
    const refused = name.includes("/") ? `${directory}/missing/${name}` : file;
    await expect(fileArtifacts({ directory }).takeIn(refused)).rejects.toThrow(/can't be/);
  });

  it("refuse digests that are paths", () => {
    const artifacts = fileArtifacts({ directory: newDirectory() });
    expect(() => artifacts.read("../../etc/passwd")).toThrow(/not a SHA-256/);
  });
});
