/** Packs entries so that equal content has equal bytes, wherever and whenever it was packed. */
import { endOfArchive, padding, writeHeader } from "./tar-format.ts";
import type { Entry } from "./tree.ts";

/**
 * A tar of the entries: sorted, with every parent directory, owner 0, time 0, and only the executable bit of modes.
 *
 * `read` gives the bytes of a file entry.
 */
export async function* pack<E extends Entry>(
  entries: readonly E[],
  read: (entry: E) => AsyncIterable<Buffer>,
): AsyncIterable<Buffer> {
  for (const entry of inOrder(entries)) {
    yield headerOf(entry);
    if (!isFile(entry)) continue;
    let bytes = 0;
    for await (const chunk of read(entry)) {
      bytes += chunk.length;
      yield chunk;
    }
    if (bytes !== entry.bytes)
      throw new Error(`${entry.path} changed while it was packed: it had ${entry.bytes} bytes, then ${bytes}`);
    yield padding(bytes);
  }
  yield endOfArchive;
}

interface Directory {
  readonly path: string;
  readonly kind: "directory";
}

const isFile = <E extends Entry>(entry: E | Directory): entry is E => entry.kind === "file";

function headerOf(entry: Entry | Directory): Buffer {
  if (entry.kind === "directory")
    return writeHeader({ name: `${entry.path}/`, type: "5", mode: 0o755, size: 0, link: "" });
  if (entry.kind === "link")
    return writeHeader({ name: entry.path, type: "2", mode: 0o777, size: 0, link: entry.target });
  const mode = (entry.mode & 0o100) === 0 ? 0o644 : 0o755;
  return writeHeader({ name: entry.path, type: "0", mode, size: entry.bytes, link: "" });
}

/** By the bytes of the path, parents first; parents that were only implied are there too. */
function inOrder<E extends Entry>(entries: readonly E[]): readonly (E | Directory)[] {
  const all = new Map<string, E | Directory>();
  for (const entry of entries) {
    for (let slash = entry.path.indexOf("/"); slash > 0; slash = entry.path.indexOf("/", slash + 1)) {
      const path = entry.path.slice(0, slash);
      all.set(path, { path, kind: "directory" });
    }
    all.set(entry.path, entry);
  }
  return [...all.values()]
    .map((entry) => ({ entry, key: Buffer.from(entry.path) }))
    .toSorted((a, b) => Buffer.compare(a.key, b.key))
    .map(({ entry }) => entry);
}
