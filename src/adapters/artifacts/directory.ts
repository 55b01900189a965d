/** The entries of a directory, without following a link. */
import type { Dirent } from "node:fs";
import { lstat, opendir, readlink } from "node:fs/promises";
import { join } from "node:path";

import { most, refuseEntry, tooMany, type Entry } from "./tree.ts";

/** @throws {ArtifactRefused} for anything that is neither a file, nor a directory, nor a link */
export async function listDirectory(root: string, what: string): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  const waiting = [""];
  for (let below = waiting.pop(); below !== undefined; below = waiting.pop()) {
    for await (const found of await opendir(join(root, below))) {
      const path = below === "" ? found.name : `${below}/${found.name}`;
      const entry = await entryOf(root, path, found, what);
      entries.push(entry);
      if (entry.kind === "directory") waiting.push(path);
      if (entries.length > most.entries) tooMany(what);
    }
  }
  return entries;
}

async function entryOf(root: string, path: string, found: Dirent, what: string): Promise<Entry> {
  const { mode, size } = await lstat(join(root, path));
  if (found.isDirectory()) return { path, kind: "directory", mode, bytes: 0, target: "" };
  if (found.isFile()) return { path, kind: "file", mode, bytes: size, target: "" };
  if (!found.isSymbolicLink()) return refuseEntry(what, path, `is a ${kindOf(found)}`);
  return { path, kind: "link", mode: 0o777, bytes: 0, target: await readlink(join(root, path)) };
}

function kindOf(found: Dirent): string {
  if (found.isFIFO()) return "named pipe";
  return found.isSocket() ? "socket" : "device";
}
