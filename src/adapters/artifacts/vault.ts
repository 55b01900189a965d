/** Files by the SHA-256 of their bytes: written beside, synced, renamed; equal ones once. */
import { createHash, randomUUID } from "node:crypto";
import { constants, createReadStream, statSync } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";

import type { Artifact } from "../../core/release.ts";
import type { ByteSource } from "../../ports/hosts.ts";

const chunkBytes = 256 * 1024;
/** A file of up to this size is read once for all hosts that get it at the same time, a larger one for each of them. */
const sharedBytes = 8 * 1024 * 1024;

const digestPattern = /^[0-9a-f]{64}$/;

export class Vault {
  readonly #directory: string;
  readonly #unfinished: string;
  #ready: Promise<void> | undefined;

  constructor(directory: string) {
    this.#directory = directory;
    this.#unfinished = join(directory, "unfinished");
  }

  path(sha256: string, suffix = ""): string {
    if (!digestPattern.test(sha256)) throw new Error(`${JSON.stringify(sha256)} is not a SHA-256`);
    return join(this.#directory, sha256 + suffix);
  }

  /** A new file that this process alone knows; what an earlier process left there is gone. */
  async temporary(): Promise<string> {
    this.#ready ??= this.#prepare();
    await this.#ready;
    return join(this.#unfinished, randomUUID());
  }

  async #prepare(): Promise<void> {
    await rm(this.#unfinished, { recursive: true, force: true });
    await mkdir(this.#unfinished, { recursive: true, mode: 0o700 });
  }

  /** Stores the bytes, and what they are beside them: whoever finds the one finds the other. */
  async store(chunks: AsyncIterable<Uint8Array>, what: Pick<Artifact, "form" | "name">): Promise<Artifact> {
    const temporary = await this.temporary();
    const hash = createHash("sha256");
    let bytes = 0;
    try {
      const file = await open(temporary, "wx", 0o600);
      try {
        for await (const chunk of chunks) {
          hash.update(chunk);
          bytes += chunk.length;
          await file.writeFile(chunk);
        }
        await file.sync();
      } finally {
        await file.close();
      }
      const artifact = { sha256: hash.digest("hex"), bytes, ...what };
      await this.put(this.path(artifact.sha256, ".json"), Buffer.from(JSON.stringify(artifact)));
      await this.#adopt(temporary, this.path(artifact.sha256));
      return artifact;
    } finally {
      await rm(temporary, { force: true });
    }
  }

  async describe(sha256: string): Promise<Artifact | undefined> {
    if (!(await this.has(sha256))) return undefined;
    return JSON.parse(await readFile(this.path(sha256, ".json"), "utf8")) as Artifact;
  }

  /** A small file, all or nothing. */
  async put(path: string, bytes: Uint8Array): Promise<void> {
    const temporary = await this.temporary();
    const file = await open(temporary, "wx", 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await this.#adopt(temporary, path);
  }

  /** Gives a finished, synced file its name, durably. */
  async #adopt(temporary: string, path: string): Promise<void> {
    await rename(temporary, path);
    const directory = await open(this.#directory, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  }

  async has(sha256: string): Promise<boolean> {
    if (!digestPattern.test(sha256)) return false;
    return stat(this.path(sha256)).then(
      (found) => found.isFile(),
      () => false,
    );
  }

  read(sha256: string, from: number): ByteSource {
    return fileBytes(this.path(sha256), from);
  }

  /** Removes whatever belongs to none of these and was not touched since. */
  async keepOnly(kept: ReadonlySet<string>, since: number): Promise<readonly string[]> {
    const names = await readdir(this.#directory).catch(() => []);
    const forgotten: string[] = [];
    for (const name of names) {
      const digests = name.match(/[0-9a-f]{64}/g) ?? [];
      if (digests.every((digest) => kept.has(digest))) continue;
      if ((await stat(join(this.#directory, name))).mtimeMs > since) continue;
      await rm(join(this.#directory, name), { force: true });
      if (digestPattern.test(name)) forgotten.push(name);
    }
    return forgotten;
  }
}

/** The bytes of a file that does not change, from an offset on. */
export function fileBytes(path: string, from = 0): ByteSource {
  const { size } = statSync(path);
  if (!Number.isInteger(from) || from < 0 || from > size)
    throw new Error(`there is no byte ${from} in a file of ${size} bytes`);
  return {
    bytes: size - from,
    stream: () =>
      size > sharedBytes
        ? createReadStream(path, { start: from, highWaterMark: chunkBytes })
        : piecesOf(sharedContent(path), from),
  };
}

/** The file that was read last, for as long as somebody still sends it. */
let lastRead: { readonly path: string; readonly content: WeakRef<Promise<Buffer>> } | undefined;

function sharedContent(path: string): Promise<Buffer> {
  const known = lastRead?.path === path ? lastRead.content.deref() : undefined;
  if (known !== undefined) return known;
  const content = readFile(path);
  lastRead = { path, content: new WeakRef(content) };
  content.catch(() => {
    lastRead = undefined;
  });
  return content;
}

async function* piecesOf(content: Promise<Buffer>, from: number): AsyncGenerator<Buffer> {
  const bytes = await content;
  for (let at = from; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
}
