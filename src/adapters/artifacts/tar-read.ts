/** The entries of a tar file, read from its headers; the data of files is skipped. */
import type { FileHandle } from "node:fs/promises";

import { ArtifactRefused } from "../../ports/artifacts.ts";
import { blockBytes, readHeader, readPaxRecords, TarMalformed, type TarHeader } from "./tar-format.ts";
import { most, refuseEntry, tooMany, type Entry } from "./tree.ts";

export interface TarEntry extends Entry {
  /** Where the bytes of a file begin. */
  readonly offset: number;
}

/** Names and records of one entry are small; nothing larger is read into memory. */
const longestRecord = 64 * 1024;

const knownRecords = /^(?:path|linkpath|size|mtime|atime|ctime|uid|gid|uname|gname|comment|charset|hdrcharset)$/;

/**
 * Lists a tar file.
 *
 * Whatever programs disagree about (sparse files, devices, hard links, bytes after the end) is
 * refused, so that what was inspected here is what a host unpacks. An archive that is `repacked` here may hold hard
 * links, and bits of modes that packing drops.
 *
 * @throws {ArtifactRefused}
 */
export async function listTar(file: FileHandle, what: string, repacked: boolean): Promise<readonly TarEntry[]> {
  try {
    return await list(file, what, repacked);
  } catch (error) {
    if (!(error instanceof TarMalformed)) throw error;
    throw new ArtifactRefused(`${what} is not a tar file that can be trusted: ${error.message}.`, { cause: error });
  }
}

async function list(file: FileHandle, what: string, repacked: boolean): Promise<readonly TarEntry[]> {
  const { size: total } = await file.stat();
  const entries: TarEntry[] = [];
  const files = new Map<string, TarEntry>();
  let records = new Map<string, string>();
  for (let at = 0; ;) {
    const header = readHeader(await readExactly(file, at, blockBytes));
    if (header === undefined) return await ended(file, at, total, entries);
    at += blockBytes;
    const size = sizeOf(header, records);
    const next = at + Math.ceil(size / blockBytes) * blockBytes;
    if (at + size > total) throw new TarMalformed("it ends in the middle of an entry");
    const more = await extension(file, header, at, what);
    if (more !== undefined) {
      records = new Map([...records, ...more]);
    } else {
      const entry = entryOf(header, records, { size, offset: at, what, repacked, files });
      entries.push(entry);
      if (repacked && entry.kind === "file") files.set(entry.path, entry);
      if (entries.length > most.entries) tooMany(what);
      records = new Map();
    }
    at = next;
  }
}

/** What a header says about the entry after it. */
async function extension(
  file: FileHandle,
  { type, size }: TarHeader,
  at: number,
  what: string,
): Promise<ReadonlyMap<string, string> | undefined> {
  if (!"xgLK".includes(type)) return undefined;
  if (size > longestRecord) throw new TarMalformed("the name of an entry is too long");
  const data = await readExactly(file, at, size);
  if (type === "L" || type === "K") {
    const name = data.toString("utf8").replace(/\0+$/, "");
    return new Map([[type === "L" ? "path" : "linkpath", name]]);
  }
  const found = readPaxRecords(data);
  const strange = [...found.keys()].find((key) => !knownRecords.test(key) || (type === "g" && key !== "comment"));
  if (strange !== undefined) refuseEntry(what, "pax header", `has the record ${JSON.stringify(strange)}`);
  return type === "g" ? new Map() : found;
}

function sizeOf({ type, size }: TarHeader, records: ReadonlyMap<string, string>): number {
  if ("xgLK".includes(type)) return size;
  const larger = records.get("size");
  if (type !== "0") {
    if (size !== 0 || (larger ?? "0") !== "0") throw new TarMalformed("an entry that has no data has a size");
    return 0;
  }
  if (larger === undefined) return size;
  if (!/^[0-9]{1,15}$/.test(larger)) throw new TarMalformed("the size of an entry is not a number");
  return Number(larger);
}

interface Found {
  readonly size: number;
  readonly offset: number;
  readonly what: string;
  readonly repacked: boolean;
  readonly files: ReadonlyMap<string, TarEntry>;
}

function entryOf(header: TarHeader, records: ReadonlyMap<string, string>, found: Found): TarEntry {
  const { size, offset, what, repacked, files } = found;
  const name = records.get("path") ?? header.name;
  const target = records.get("linkpath") ?? header.link;
  const path = name.replace(/^(?:\.\/)+/, "").replace(/\/+$/, "") || ".";
  const refuse = (why: string): never => refuseEntry(what, name, why);
  if (!repacked && (header.mode & 0o7000) !== 0) refuse("is set-user-ID, set-group-ID or sticky");
  const mode = header.mode & 0o777;
  switch (header.type) {
    case "0":
      if (name.endsWith("/")) refuse("is a file with the name of a directory");
      return { path, kind: "file", mode, bytes: size, target: "", offset };
    case "5":
      return { path, kind: "directory", mode, bytes: 0, target: "", offset };
    case "2":
      return { path, kind: "link", mode: 0o777, bytes: 0, target, offset };
    case "1": {
      const same = repacked ? files.get(target.replace(/^(?:\.\/)+/, "")) : undefined;
      return same === undefined ? refuse("is a hard link") : { ...same, path };
    }
    default:
      return refuse(`is a ${unusual[header.type] ?? `thing of the unknown type ${JSON.stringify(header.type)}`}`);
  }
}

const unusual: Readonly<Record<string, string>> = {
  3: "character device",
  4: "block device",
  6: "named pipe",
  7: "contiguous file",
  S: "sparse file",
  M: "continuation of another volume",
};

/** After the end only zeros may follow: other bytes would be another archive to another program. */
async function ended(
  file: FileHandle,
  at: number,
  total: number,
  entries: readonly TarEntry[],
): Promise<readonly TarEntry[]> {
  if (total - at > 1024 * 1024) throw new TarMalformed("bytes follow after its end");
  const rest = await readExactly(file, at, total - at);
  if (rest.length < blockBytes || rest.some((byte) => byte !== 0)) throw new TarMalformed("bytes follow after its end");
  return entries.filter(({ path, kind }) => !(path === "." && kind === "directory"));
}

async function readExactly(file: FileHandle, at: number, bytes: number): Promise<Buffer> {
  const buffer = Buffer.alloc(bytes);
  for (let read = 0; read < bytes;) {
    const { bytesRead } = await file.read(buffer, read, bytes - read, at + read);
    if (bytesRead === 0) throw new TarMalformed("it ends too early");
    read += bytesRead;
  }
  return buffer;
}
