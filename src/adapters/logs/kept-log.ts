/**
 * One log on disk: its beginning in one file, and its end in a row of smaller ones of which the oldest is dropped.
 *
 * Lines are `<milliseconds> <text>`. Each file of the end is named after the number of bytes that were logged before
 * it, so what is missing in the middle can be told without any other record. Nothing here throws: output that cannot
 * be kept is counted, and the work that makes it goes on.
 */
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readSync,
  openSync,
  closeSync,
  rmSync,
  statfsSync,
  statSync,
} from "node:fs";
import { join } from "node:path";

import type { LogName } from "../../ports/logs.ts";
import { directoryName, fileName } from "./names.ts";

export interface LogLimits {
  readonly headBytes: number;
  readonly tailBytes: number;
  /** The end is dropped in pieces of this size. */
  readonly pieceBytes: number;
  /** Logs stop growing when the disk has no more than this: what is left is for the store. */
  readonly leaveFreeBytes: number;
}

/** A file of a log; `start` is the number of bytes logged before it. */
export interface LogPiece {
  readonly path: string;
  readonly start: number;
  readonly bytes: number;
}

const bufferBytes = 64 * 1024;
const bufferMilliseconds = 100;
const headEnding = ".head";

export class KeptLog {
  readonly #directory: string;
  readonly #name: LogName;
  readonly #limits: LogLimits;
  #pieces: LogPiece[] = [];
  #buffer: string[] = [];
  #buffered = 0;
  #timer: NodeJS.Timeout | undefined;
  #lostBytes = 0;
  #lostBecause = "";

  constructor(root: string, name: LogName, limits: LogLimits) {
    this.#directory = join(root, directoryName(name));
    this.#name = name;
    this.#limits = limits;
  }

  append(at: number, text: string): void {
    const line = `${at} ${text}\n`;
    this.#buffer.push(line);
    this.#buffered += Buffer.byteLength(line);
    if (this.#buffered >= bufferBytes) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), bufferMilliseconds).unref();
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#buffered === 0) return;
    const first = this.#buffer[0]!;
    const data = this.#noteOfLoss(first.slice(0, first.indexOf(" "))) + this.#buffer.join("");
    const bytes = this.#buffered;
    this.#buffer = [];
    this.#buffered = 0;
    this.#tolerant(bytes, () => {
      if (this.#pieces.length === 0) this.#takeUp();
      this.#store(data);
      this.#lostBytes = 0;
    });
  }

  #noteOfLoss(at: string): string {
    return this.#lostBytes === 0
      ? ""
      : `${at} [${this.#lostBytes} bytes of output were not kept: ${this.#lostBecause}]\n`;
  }

  #tolerant(bytes: number, write: () => void): void {
    try {
      write();
    } catch (error) {
      // A part may have been written. The next attempt looks anew at what is there.
      this.#pieces = [];
      this.#lostBytes += bytes;
      this.#lostBecause = error instanceof Error ? error.message : String(error);
    }
  }

  /** Goes on with what an earlier run of the server left. */
  #takeUp(): void {
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    this.#pieces = piecesOf(this.#directory, this.#name);
    const last = this.#pieces.at(-1);
    if (last === undefined) this.#begin();
    else if (endsInMidLine(last)) this.#addTo(last, "\n");
  }

  /** The first line tells the name: the file's own name may have had to be changed. */
  #begin(): void {
    const { deployment, track, step, host } = this.#name;
    const head = { path: this.#path(headEnding), start: 0, bytes: 0 };
    this.#addTo(head, `${JSON.stringify({ deployment, track, step, host })}\n`);
  }

  #store(data: string): void {
    this.#leaveRoom();
    const last = this.#pieces.at(-1)!;
    const limit = this.#pieces.length === 1 && last.start === 0 ? this.#limits.headBytes : this.#limits.pieceBytes;
    const fits = last.bytes === 0 || last.bytes + Buffer.byteLength(data) <= limit;
    this.#addTo(fits ? last : this.#nextPiece(last), data);
  }

  #leaveRoom(): void {
    const { bavail, bsize } = statfsSync(this.#directory);
    if (bavail * bsize < this.#limits.leaveFreeBytes) throw new Error("the disk is nearly full");
  }

  #addTo(piece: LogPiece, data: string): void {
    appendFileSync(piece.path, data, { mode: 0o600 });
    const grown = { ...piece, bytes: piece.bytes + Buffer.byteLength(data) };
    this.#pieces = [...this.#pieces.filter(({ path }) => path !== piece.path), grown];
  }

  #nextPiece(last: LogPiece): LogPiece {
    const { tailBytes, pieceBytes } = this.#limits;
    const [head, ...tail] = this.#pieces;
    let kept = tail.reduce((sum, { bytes }) => sum + bytes, 0);
    while (tail.length > 0 && kept + pieceBytes > tailBytes) {
      const oldest = tail.shift()!;
      rmSync(oldest.path, { force: true });
      kept -= oldest.bytes;
    }
    this.#pieces = [head!, ...tail];
    const start = last.start + last.bytes;
    return { path: this.#path(`.${String(start).padStart(15, "0")}`), start, bytes: 0 };
  }

  #path(ending: string): string {
    return join(this.#directory, fileName(this.#name) + ending);
  }
}

/** The files of a log, the beginning first. */
export function piecesOf(directory: string, name: LogName): LogPiece[] {
  const prefix = fileName(name);
  return filesIn(directory)
    .filter((file) => file.startsWith(`${prefix}.`) && /^\.(?:head|[0-9]{15})$/.test(file.slice(prefix.length)))
    .flatMap((file) => {
      const path = join(directory, file);
      const bytes = statSync(path, { throwIfNoEntry: false })?.size;
      const start = file.endsWith(headEnding) ? 0 : Number(file.slice(prefix.length + 1));
      return bytes === undefined ? [] : [{ path, start, bytes }];
    })
    .toSorted((a, b) => a.start - b.start);
}

/** The first files of all logs in a directory. */
export function headsIn(directory: string): string[] {
  return filesIn(directory)
    .filter((file) => file.endsWith(headEnding))
    .map((file) => join(directory, file));
}

function filesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

function endsInMidLine({ path, bytes }: LogPiece): boolean {
  if (bytes === 0) return false;
  const last = Buffer.alloc(1);
  const handle = openSync(path, "r");
  try {
    readSync(handle, last, 0, 1, bytes - 1);
  } finally {
    closeSync(handle);
  }
  return last.toString() !== "\n";
}
