/** Copies of the store in one file each. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { chmod } from "node:fs/promises";
import { dirname, join } from "node:path";
import { backup, DatabaseSync } from "node:sqlite";

const everyPage = 2 ** 31 - 1;

/**
 * Copies the database, page for page and all at once.
 *
 * Nobody may use `raw` meanwhile: a transaction of the same connection would be copied half done.
 */
export async function copyDatabase(raw: DatabaseSync, file: string): Promise<void> {
  if (existsSync(file)) throw new Error(`${file} exists already; a backup is always a new file`);
  const part = `${file}.part`;
  rmSync(part, { force: true });
  try {
    await backup(raw, part, { rate: everyPage });
    await chmod(part, 0o600);
    markAsCopy(part);
    syncPath(part);
    renameSync(part, file);
    syncPath(dirname(file));
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
}

/** The mark makes it a new installation where it is opened. Without WAL the copy is a single file. */
function markAsCopy(file: string): void {
  const copy = new DatabaseSync(file);
  try {
    copy.exec("pragma journal_mode = delete; update installation set copy = 1");
  } finally {
    copy.close();
  }
}

function syncPath(path: string): void {
  const handle = openSync(path, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/**
 * A backup that was put in the place of a database may lie beside that one's write-ahead log, and SQLite would play
 * the log into it. Backups are not in WAL mode and stores always are, so such a log belongs to another database.
 */
export function setForeignLogAside(file: string, now: number): void {
  const log = `${file}-wal`;
  if (!existsSync(log) || isInWalMode(file)) return;
  renameSync(log, `${log}.of-another-database-${now}`);
  rmSync(`${file}-shm`, { force: true });
}

function isInWalMode(file: string): boolean {
  const modeOffset = 18;
  return readHeader(file)[modeOffset] === 2;
}

/** The newest database beside this one that is not this one. */
export function newestBackup(file: string): string | undefined {
  const directories = [dirname(file), join(dirname(file), "backups")].filter((directory) => existsSync(directory));
  return directories
    .flatMap((directory) => readdirSync(directory).map((name) => join(directory, name)))
    .filter((path) => path !== file && statSync(path).isFile() && isDatabase(path))
    .map((path) => ({ path, at: statSync(path).mtimeMs }))
    .toSorted((a, b) => b.at - a.at)[0]?.path;
}

function isDatabase(file: string): boolean {
  return readHeader(file).toString("latin1").startsWith("SQLite format 3\0");
}

function readHeader(file: string): Buffer {
  const header = Buffer.alloc(100);
  const handle = openSync(file, "r");
  try {
    readSync(handle, header, 0, header.length, 0);
  } finally {
    closeSync(handle);
  }
  return header;
}
