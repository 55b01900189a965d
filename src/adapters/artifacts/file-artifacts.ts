/** Keeps artifacts as files on the server, each under the SHA-256 of its bytes. */
import { constants } from "node:fs";
import { lstat, open, type FileHandle } from "node:fs/promises";
import { basename, join, resolve } from "node:path";

import type { Artifact } from "../../core/release.ts";
import { ArtifactRefused, type Artifacts } from "../../ports/artifacts.ts";
import { Differences } from "./differences.ts";
import { listDirectory } from "./directory.ts";
import { pack } from "./pack.ts";
import { listTar } from "./tar-read.ts";
import { checkTree } from "./tree.ts";
import { Vault } from "./vault.ts";

/** What a file may be called on hosts, where it lies in a release's directory. */
const namePattern = /^[A-Za-z0-9_][A-Za-z0-9._+@-]{0,127}$/;

const gzipMagic = Buffer.from([0x1f, 0x8b]);

/** @param options.directory The data directory; artifacts lie in `artifacts/` below it. */
export function fileArtifacts({ directory }: { readonly directory: string }): Artifacts {
  const vault = new Vault(join(directory, "artifacts"));
  const differences = new Differences(vault);
  return {
    async takeIn(path) {
      const found = await lstat(path).catch((error: Error) => {
        throw new ArtifactRefused(`${path} can't be taken in: ${error.message}`, { cause: error });
      });
      const name = nameOf(path);
      if (found.isDirectory()) return takeInDirectory(vault, path, name);
      if (found.isFile()) return takeInFile(vault, path, name);
      throw new ArtifactRefused(`${path} is neither a file nor a directory; name what is deployed itself.`);
    },
    takeInPacked: (path, name) => takeInPacked(vault, path, nameOf(name)),
    describe: (sha256) => vault.describe(sha256),
    has: (sha256) => vault.has(sha256),
    fileOf: (sha256) => vault.path(sha256),
    read: (sha256, from = 0) => vault.read(sha256, from),
    difference: (from, to) => differences.between(from, to),
    keepOnly: (kept, since) => vault.keepOnly(kept, since),
  };
}

function nameOf(path: string): string {
  const name = basename(resolve(path));
  if (namePattern.test(name)) return name;
  throw new ArtifactRefused(
    `${JSON.stringify(name)} can't be the name of an artifact: use letters, digits and . _ + @ - (at most 128).`,
  );
}

async function takeInFile(vault: Vault, path: string, name: string): Promise<Artifact> {
  const file = await openFile(path);
  try {
    const form = await formOf(file, name);
    return await vault.store(bytesOf(file, 0, Number.POSITIVE_INFINITY), { form, name });
  } finally {
    await file.close();
  }
}

async function formOf(file: FileHandle, name: string): Promise<Artifact["form"]> {
  const start = Buffer.alloc(2);
  await file.read(start, 0, 2, 0);
  if (/\.(?:tar\.gz|tgz|tar)$/.test(name) && start.equals(gzipMagic))
    throw new ArtifactRefused(
      `${name} is compressed by gzip, so every release would be sent as a whole.\n` +
        "  Let the build leave the directory or a plain .tar; it is compressed on its way to hosts.",
    );
  if (!name.endsWith(".tar")) return "file";
  checkTree(await listTar(file, name, false), name);
  return "tar";
}

async function takeInDirectory(vault: Vault, path: string, name: string): Promise<Artifact> {
  const entries = await listDirectory(path, name);
  checkTree(entries, name);
  return vault.store(
    pack(entries, ({ path: inner }) => readFileAt(join(path, inner))),
    { form: "tar", name },
  );
}

async function takeInPacked(vault: Vault, path: string, name: string): Promise<Artifact> {
  const file = await openFile(path);
  try {
    const entries = await listTar(file, name, true);
    checkTree(entries, name);
    return await vault.store(
      pack(entries, ({ offset, bytes }) => bytesOf(file, offset, bytes)),
      { form: "tar", name },
    );
  } finally {
    await file.close();
  }
}

async function* readFileAt(path: string): AsyncIterable<Buffer> {
  const file = await openFile(path);
  try {
    yield* bytesOf(file, 0, Number.POSITIVE_INFINITY);
  } finally {
    await file.close();
  }
}

/** Never through a link, and never something that a read would wait for. */
const openFile = (path: string): Promise<FileHandle> =>
  open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);

async function* bytesOf(file: FileHandle, from: number, bytes: number): AsyncIterable<Buffer> {
  for (let at = 0; at < bytes;) {
    const buffer = Buffer.allocUnsafe(Math.min(256 * 1024, bytes - at));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, from + at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
