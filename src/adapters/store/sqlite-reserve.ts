/**
 * Room that is kept for the end.
 *
 * On a full disk SQLite cannot even delete, so running deployments could not be ended. A file without use lies beside
 * the database; when the disk is full it goes, and what has to be written still can be.
 */
import { randomBytes } from "node:crypto";
import { open, rm, stat, statfs } from "node:fs/promises";
import { rmSync } from "node:fs";
import { dirname } from "node:path";

const chunk = 1024 * 1024;

export interface Reserve {
  isHeld(): boolean;
  /** Gives the room away; false when it is gone already. */
  free(): boolean;
  /** Takes it back when there is plenty. */
  restore(): Promise<void>;
}

export async function openReserve(file: string, bytes: number): Promise<Reserve> {
  if (bytes === 0) return noReserve;
  let held = await isWhole(file, bytes);
  const reserve: Reserve = {
    isHeld: () => held,
    free() {
      if (!held) return false;
      held = false;
      rmSync(file, { force: true });
      return true;
    },
    async restore() {
      if (!held && (await freeBytes(dirname(file))) >= 2 * bytes) held = await fill(file, bytes);
    },
  };
  await reserve.restore();
  return reserve;
}

export const noReserve: Reserve = {
  isHeld: () => true,
  free: () => false,
  restore: () => Promise.resolve(),
};

export async function freeBytes(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}

async function isWhole(file: string, bytes: number): Promise<boolean> {
  try {
    const { size, blocks } = await stat(file);
    return size === bytes && blocks * 512 >= bytes;
  } catch {
    return false;
  }
}

/** Really writes it: a file system gives holes and runs of zeros no room. */
async function fill(file: string, bytes: number): Promise<boolean> {
  try {
    await using handle = await open(file, "w", 0o600);
    for (let written = 0; written < bytes; written += chunk) {
      await handle.writeFile(randomBytes(Math.min(chunk, bytes - written)));
    }
    await handle.sync();
    return true;
  } catch {
    await rm(file, { force: true });
    return false;
  }
}
