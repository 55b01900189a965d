/**
 * A host's disk: a sparse file with ext4 on a loop device, and the image's files under it.
 *
 * A real file system of its own is what makes "disk full" and "power cut" mean something.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statfsSync } from "node:fs";
import { dirname, join } from "node:path";

import { attempt, must, until } from "./command.ts";
import type { HostNames } from "./names.ts";

export async function createDisk(host: HostNames, bytes: number): Promise<void> {
  mkdirSync(dirname(host.diskImage), { recursive: true });
  rmSync(host.diskImage, { force: true });
  await must(["truncate", "--size", `${bytes}`, host.diskImage]);
  // No blocks are set aside for root, so that a full disk is full for everybody.
  await must(["mkfs.ext4", "-q", "-m", "0", "-E", "lazy_itable_init=1,lazy_journal_init=1", host.diskImage]);
}

/** Mounts the disk and, on it, the host's root: the shared image below, what the host changes above. */
export async function mountDisk(host: HostNames, image: string): Promise<void> {
  const upper = join(host.diskMount, "upper");
  const work = join(host.diskMount, "work");
  for (const directory of [host.diskMount, host.root]) mkdirSync(directory, { recursive: true });
  await must(["mount", "-o", "loop,discard", host.diskImage, host.diskMount]);
  for (const directory of [upper, work]) mkdirSync(directory, { recursive: true });
  const layers = `lowerdir=${image},upperdir=${upper},workdir=${work}`;
  await must(["mount", "-t", "overlay", host.run, "-o", layers, host.root]);
}

/** Everything written so far is on the disk. */
export const syncDisk = (host: HostNames): Promise<string> => must(["sync", "--file-system", host.diskMount]);

/**
 * The disk loses power: what was not synced is gone.
 *
 * Killing the processes alone would keep the page cache and prove nothing.
 */
export const losePower = (host: HostNames): Promise<string> => must(["xfs_io", "-x", "-c", "shutdown", host.diskMount]);

/** Unmounts everything under a directory and waits until its loop devices are free again. */
export async function unmountUnder(directory: string): Promise<void> {
  for (const mount of mountsUnder(directory).reverse()) {
    const gone = await attempt(["umount", mount]);
    if (gone.code !== 0) await attempt(["umount", "--lazy", mount]);
  }
  await until(`the loop devices of ${directory} are free`, 5, async () => {
    const devices = loopDevicesUnder(directory);
    for (const device of devices) await attempt(["losetup", "--detach", device]);
    return devices.length === 0 || undefined;
  });
}

export function mountsUnder(directory: string): string[] {
  const mounts = readFileSync("/proc/self/mounts", "utf8").split("\n");
  return mounts.map((line) => line.split(" ")[1] ?? "").filter((mount) => mount.startsWith(`${directory}/`));
}

export function loopDevicesUnder(directory: string): string[] {
  return readdirSync("/sys/block").flatMap((device) => {
    const backing = join("/sys/block", device, "loop/backing_file");
    try {
      return existsSync(backing) && readFileSync(backing, "utf8").startsWith(`${directory}/`) ? [`/dev/${device}`] : [];
    } catch {
      return [];
    }
  });
}

const ballast = (host: HostNames): string => join(host.diskMount, "ballast");

/** Takes the free space away, down to the last block if nothing is to be left. */
export async function fill(host: HostNames, leaveBytes: number): Promise<void> {
  const { bavail, bsize } = statfsSync(host.diskMount);
  const wanted = Math.max(bavail * bsize - leaveBytes, bsize);
  // The file's own bookkeeping needs a few blocks, so the last part is written until it fails.
  const sure = leaveBytes > 0 ? wanted : Math.floor(wanted * 0.99);
  await must(["fallocate", "--length", `${sure}`, ballast(host)]);
  if (leaveBytes > 0) return;
  const append = ["dd", "if=/dev/zero", `of=${ballast(host)}`, "oflag=append", "conv=notrunc,fsync", "bs=64k"];
  await attempt(append);
}

export const unfill = (host: HostNames): void => rmSync(ballast(host), { force: true });
