/** Reads kept logs, from the beginning or from the end. */
import type { FileHandle } from "node:fs/promises";
import { open } from "node:fs/promises";

import type { LogLine, LogName } from "../../ports/logs.ts";
import type { LogPiece } from "./kept-log.ts";

const blockBytes = 64 * 1024;
const lineFeed = 0x0a;

export async function* readAll(pieces: readonly LogPiece[]): AsyncIterable<LogLine> {
  let read = 0;
  for (const piece of pieces) {
    let missing = piece.start - read;
    for await (const text of linesOf(piece)) {
      const line = parse(text);
      if (line === undefined) continue;
      if (missing > 0) yield gap(line.at, missing);
      missing = 0;
      yield line;
    }
    read = piece.start + piece.bytes;
  }
}

/** The last lines. Not more than them is read, and a block. */
export async function readLast(pieces: readonly LogPiece[], count: number): Promise<LogLine[]> {
  const found: LogLine[] = [];
  for (const [index, piece] of [...pieces.entries()].toReversed()) {
    for await (const text of linesBackwards(piece)) {
      if (found.length >= count) break;
      const line = parse(text);
      if (line !== undefined) found.push(line);
    }
    if (found.length >= count) break;
    const before = pieces[index - 1];
    const missing = piece.start - (before === undefined ? 0 : before.start + before.bytes);
    if (missing > 0) found.push(gap(found.at(-1)?.at ?? 0, missing));
  }
  return found.toReversed();
}

/** The name that a log's first line tells. */
export async function readName(head: string): Promise<LogName | undefined> {
  for await (const text of linesOf({ path: head, start: 0, bytes: Number.MAX_SAFE_INTEGER })) {
    try {
      return JSON.parse(text) as LogName;
    } catch {
      return undefined;
    }
  }
  return undefined;
}

function gap(at: number, bytes: number): LogLine {
  return { at, text: `[${bytes} bytes of output are not kept]` };
}

/** `undefined` for the line with the name, and for a line that a power cut left unfinished at its beginning. */
function parse(text: string): LogLine | undefined {
  const end = text.indexOf(" ");
  const at = text.slice(0, end);
  return end > 0 && /^[0-9]+$/.test(at) ? { at: Number(at), text: text.slice(end + 1) } : undefined;
}

async function* linesOf(piece: LogPiece): AsyncIterable<string> {
  const handle = await openIfThere(piece.path);
  if (handle === undefined) return;
  try {
    let rest = Buffer.alloc(0);
    for (let position = 0; position < piece.bytes;) {
      const block = await readBlock(handle, position, Math.min(blockBytes, piece.bytes - position));
      if (block.length === 0) break;
      position += block.length;
      const lines = split(Buffer.concat([rest, block]));
      rest = lines.pop()!;
      for (const line of lines) yield line.toString();
    }
    if (rest.length > 0) yield rest.toString();
  } finally {
    await handle.close();
  }
}

async function* linesBackwards(piece: LogPiece): AsyncIterable<string> {
  const handle = await openIfThere(piece.path);
  if (handle === undefined) return;
  try {
    let rest = Buffer.alloc(0);
    for (let position = piece.bytes; position > 0;) {
      const length = Math.min(blockBytes, position);
      position -= length;
      const lines = split(Buffer.concat([await readBlock(handle, position, length), rest]));
      rest = lines.shift()!;
      for (const line of lines.toReversed()) if (line.length > 0) yield line.toString();
    }
    if (rest.length > 0) yield rest.toString();
  } finally {
    await handle.close();
  }
}

/** A piece may be dropped while an older one is read. */
async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

async function readBlock(handle: FileHandle, position: number, length: number): Promise<Buffer<ArrayBuffer>> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}

/** At line feeds only; the last part is what has none yet. */
function split(bytes: Buffer<ArrayBuffer>): Buffer<ArrayBuffer>[] {
  const parts: Buffer<ArrayBuffer>[] = [];
  let start = 0;
  for (let end = bytes.indexOf(lineFeed); end !== -1; end = bytes.indexOf(lineFeed, start)) {
    parts.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return [...parts, bytes.subarray(start)];
}
