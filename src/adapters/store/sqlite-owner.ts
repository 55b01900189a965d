/** Who has the store: a small file beside the database, for the message that a second process gets. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";

import { StoreBusy } from "../../ports/store.ts";

/** The lock itself is SQLite's; this file only tells about it, so a full disk is no reason not to open the store. */
export function signOwner(file: string, now: number): void {
  try {
    writeFileSync(ownerFile(file), JSON.stringify({ pid: process.pid, since: new Date(now).toISOString() }));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
  }
}

export function removeOwner(file: string): void {
  rmSync(ownerFile(file), { force: true });
}

export function busy(file: string, cause?: unknown): StoreBusy {
  return new StoreBusy(`${file} is in use by ${readOwner(file)}. Only one server can have it; ask that one.`, {
    cause,
  });
}

function readOwner(file: string): string {
  try {
    const { pid, since } = JSON.parse(readFileSync(ownerFile(file), "utf8")) as Record<string, unknown>;
    return `process ${String(pid)} since ${String(since)}`;
  } catch {
    return "another process";
  }
}

function ownerFile(file: string): string {
  return `${file}.owner`;
}
