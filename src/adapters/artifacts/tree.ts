/** What may be in an artifact that is unpacked: files, directories, and links that stay inside. */
import { whyLinkIsRefused } from "../../core/links.ts";
import { ArtifactRefused } from "../../ports/artifacts.ts";

export interface Entry {
  /** Relative, with `/` between its parts and without one at its end. */
  readonly path: string;
  readonly kind: "file" | "directory" | "link";
  readonly mode: number;
  /** Of a file. */
  readonly bytes: number;
  /** The target of a link. */
  readonly target: string;
}

export const most = { entries: 200_000, bytes: 8 * 2 ** 30, pathBytes: 4096, partBytes: 255 };

/**
 * Refuses a list of entries that can't be unpacked safely.
 *
 * @throws {ArtifactRefused} naming the first entry that is wrong
 */
export function checkTree(entries: readonly Entry[], what: string): void {
  const kinds = new Map<string, Entry["kind"]>();
  let bytes = 0;
  for (const entry of entries) {
    const refuse = (why: string): never => refuseEntry(what, entry.path, why);
    checkPath(entry.path, refuse);
    if (kinds.has(entry.path)) refuse("comes twice");
    kinds.set(entry.path, entry.kind);
    bytes += entry.bytes;
  }
  if (bytes > most.bytes)
    throw new ArtifactRefused(`${what} holds ${bytes} bytes; more than ${most.bytes} are not taken in.`);
  checkPlaces(entries, kinds, what);
}

function checkPlaces(entries: readonly Entry[], kinds: ReadonlyMap<string, Entry["kind"]>, what: string): void {
  const links = new Map(entries.filter(({ kind }) => kind === "link").map(({ path, target }) => [path, target]));
  for (const { path, kind } of entries) {
    for (let slash = path.indexOf("/"); slash > 0; slash = path.indexOf("/", slash + 1)) {
      const parent = path.slice(0, slash);
      if ((kinds.get(parent) ?? "directory") !== "directory")
        refuseEntry(what, path, `lies below ${JSON.stringify(parent)}, which is no directory`);
    }
    const why = kind === "link" ? whyLinkIsRefused(path, links) : undefined;
    if (why !== undefined) refuseEntry(what, path, `is a link that ${why}`);
  }
}

/** Refuses names that mean something else to another program. */
export function checkPath(path: string, refuse: (why: string) => never): void {
  if (path === "") refuse("has no name");
  if (path.startsWith("/")) refuse("is an absolute path");
  if (/[\u0000-\u001f\u007f]/.test(path)) refuse("has a control character in its name");
  if (Buffer.byteLength(path) > most.pathBytes) refuse(`has a path of more than ${most.pathBytes} bytes`);
  for (const part of path.split("/")) {
    if (part === "" || part === "." || part === "..") refuse(`has the part "${part}" in its path`);
    if (Buffer.byteLength(part) > most.partBytes) refuse(`has a name of more than ${most.partBytes} bytes`);
  }
}

export function refuseEntry(what: string, path: string, why: string): never {
  throw new ArtifactRefused(
    `${what} can't be an artifact: its entry ${JSON.stringify(path)} ${why}.\n` +
      "  An artifact holds files, directories and symbolic links that stay inside it.",
  );
}

export function tooMany(what: string): never {
  throw new ArtifactRefused(`${what} has more than ${most.entries} entries.`);
}
