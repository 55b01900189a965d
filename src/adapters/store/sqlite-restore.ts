/** Puts a backup in the place of a store. */
import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import type { Clock } from "../../ports/clock.ts";
import { isBusy } from "./sqlite-errors.ts";
import { busy } from "./sqlite-owner.ts";

/** The file is no backup of a store, or not a whole one. */
export class NoBackup extends Error {
  override readonly name = "NoBackup";
}

/**
 * The store that is there is kept beside it under another name; the next start makes the backup a new, frozen
 * installation. Killed in between, it can be asked for again.
 *
 * @returns where the store that was there before is now
 * @throws {StoreBusy} when a server works on the directory
 * @throws {NoBackup}
 */
export function restoreSqliteStore(options: {
  readonly file: string;
  readonly directory: string;
  readonly clock: Clock;
}): { readonly kept: string | undefined } {
  mkdirSync(options.directory, { recursive: true, mode: 0o700 });
  const store = join(realpathSync(options.directory), "signalbox.db");
  const fresh = `${store}.restored`;
  if (!existsSync(options.file)) throw new NoBackup(`there is no file ${options.file}`);
  rmSync(fresh, { force: true });
  try {
    copyFileSync(options.file, fresh);
    checkBackup(fresh, options.file);
    sync(fresh, "r+");
    return { kept: exchange(store, fresh, `${store}.before-restore-${options.clock.now()}`) };
  } finally {
    rmSync(fresh, { force: true });
  }
}

function checkBackup(copy: string, named: string): void {
  const raw = open(copy, named);
  try {
    const sound = raw.prepare("pragma quick_check(1)").get()?.["quick_check"] === "ok";
    const mark = raw.prepare("select copy from installation").get()?.["copy"];
    if (!sound) throw new NoBackup(`${named} is damaged`);
    if (mark !== 1) throw new NoBackup(`${named} is a store that was in use, not a backup; signalbox backup makes one`);
  } catch (error) {
    throw error instanceof NoBackup ? error : new NoBackup(`${named} is not a backup of Signalbox`);
  } finally {
    raw.close();
  }
}

function open(copy: string, named: string): DatabaseSync {
  try {
    return new DatabaseSync(copy, { readOnly: true });
  } catch {
    throw new NoBackup(`${named} is not a backup of Signalbox`);
  }
}

/** With the lock of the old store in hand, as one file: its log must not meet the new store. */
function exchange(store: string, fresh: string, aside: string): string | undefined {
  if (!existsSync(store)) {
    renameSync(fresh, store);
    sync(dirname(store), "r");
    return undefined;
  }
  const raw = new DatabaseSync(store, { timeout: 1000 });
  try {
    lockWhole(raw, store);
    for (const end of ["", "-wal", "-shm"]) if (existsSync(store + end)) renameSync(store + end, aside + end);
    renameSync(fresh, store);
    sync(dirname(store), "r");
  } finally {
    raw.close();
  }
  return aside;
}

/** A damaged store can't be locked in this way and needs no lock: no server opens it. */
function lockWhole(raw: DatabaseSync, store: string): void {
  try {
    raw.exec("pragma locking_mode = exclusive; begin immediate; commit; pragma journal_mode = delete; begin immediate");
  } catch (error) {
    if (isBusy(error)) throw busy(store, error);
  }
}

function sync(path: string, mode: "r" | "r+"): void {
  const handle = openSync(path, mode);
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
