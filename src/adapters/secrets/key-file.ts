/**
 * The file with the master key of the vault. It lies apart from the data, so that who gets hold of a backup of the
 * data has no key to it.
 *
 * The newest key comes first. Only while the key is rotated there is a second one.
 */
import { randomBytes } from "node:crypto";
import { constants, realpathSync } from "node:fs";
import { mkdir, open, rename, rm } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { basename, dirname, join, sep } from "node:path";

import { SecretFailed } from "../../ports/secrets.ts";
import type { MasterKey } from "./seal.ts";
import { keyBytes, masterKey } from "./seal.ts";

export interface KeyFileOptions {
  /** An absolute path. Its directory is made, for the server's user only, when the first key is. */
  readonly file: string;
  /** The directory of the data, where the file must not lie. */
  readonly apartFrom: string;
}

export interface KeyFile {
  readonly path: string;
  /**
   * The newest first; none when there is no file.
   *
   * @throws {SecretFailed} `no-key`: it lies among the data, others could read it, or it holds no key
   */
  read(): Promise<readonly MasterKey[]>;
  /** Durable when it returns. */
  write(keys: readonly MasterKey[]): Promise<void>;
}

const explanation = `# The key of the secrets that Signalbox keeps. Without it they can't be read.
# Keep a copy of this file in a safe place, but not where backups of the data are.
`;
const mostBytes = 16 * 1024;
const keyLine = /^[A-Za-z0-9+/]{43}=$/;

export function keyFile({ file, apartFrom }: KeyFileOptions): KeyFile {
  return {
    path: file,
    async read() {
      refuseAmongData(file, apartFrom);
      const handle = await openIfThere(file);
      if (handle === undefined) return [];
      try {
        await refuseOpenToOthers(handle, file);
        return keysIn(await textOf(handle), file);
      } finally {
        await handle.close();
      }
    },

    async write(keys) {
      refuseAmongData(file, apartFrom);
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      await replace(file, explanation + keys.map(({ bytes }) => `${bytes.toString("base64")}\n`).join(""));
    },
  };
}

export function newMasterKey(): MasterKey {
  return masterKey(randomBytes(keyBytes));
}

function refuseAmongData(file: string, data: string): void {
  const place = join(realPath(dirname(file)), basename(file));
  if (!`${place}${sep}`.startsWith(`${realPath(data)}${sep}`)) return;
  throw noKey(
    `${file} lies among the data that it protects (${data}): whoever copies the data has the key too.\n` +
      "  Move it elsewhere and name its new place.",
  );
}

/** Of what is not there yet, as far as it is there. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return dirname(path) === path ? path : join(realPath(dirname(path)), basename(path));
  }
}

async function openIfThere(file: string): Promise<FileHandle | undefined> {
  try {
    // Without waiting for a writer, should it be a pipe.
    return await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw noKey(`${file} can't be read (${(error as NodeJS.ErrnoException).code}).`);
  }
}

async function refuseOpenToOthers(handle: FileHandle, file: string): Promise<void> {
  const about = await handle.stat();
  if (!about.isFile()) throw noKey(`${file} is not a file.`);
  if ((about.mode & 0o077) !== 0) {
    const mode = (about.mode & 0o777).toString(8).padStart(4, "0");
    throw noKey(`${file} can be read or changed by others (mode ${mode}).\n  Next: chmod 600 ${file}`);
  }
  if (about.uid !== process.getuid?.() && about.uid !== 0)
    throw noKey(`${file} belongs to another user (${about.uid}), who could exchange it.`);
}

async function textOf(handle: FileHandle): Promise<string> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(mostBytes), 0, mostBytes, 0);
  return buffer.toString("latin1", 0, bytesRead);
}

function keysIn(text: string, file: string): readonly MasterKey[] {
  const lines = text.split(/\r?\n/).filter((line) => line !== "" && !line.startsWith("#"));
  if (lines.length === 0 || !lines.every((line) => keyLine.test(line)))
    throw noKey(`${file} holds no key, or something else beside it.\n  Next: put the copy of it back that was kept.`);
  return lines.map((line) => masterKey(Buffer.from(line, "base64")));
}

/** Whole or not at all, also when the power fails. */
async function replace(file: string, text: string): Promise<void> {
  const part = `${file}.part`;
  try {
    await rm(part, { force: true });
    const handle = await open(part, "wx", 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(part, file);
    const directory = await open(dirname(file), "r");
    await directory.sync().finally(() => directory.close());
  } catch (error) {
    await rm(part, { force: true });
    throw noKey(`${file} can't be written (${(error as NodeJS.ErrnoException).code}).`);
  }
}

function noKey(message: string): SecretFailed {
  return new SecretFailed("no-key", `The key of the secrets: ${message}`);
}
