/** Makes one difference, beside the server's own thread: it takes a tenth of a second and both files in memory. */
import { readFileSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { gzipSync } from "node:zlib";

import { differenceStream, type Piece } from "../../core/difference.ts";
import { findCopies, type Copy } from "./copies.ts";

export interface Work {
  readonly old: string;
  readonly fresh: string;
}

export interface Patch {
  readonly stream: Uint8Array;
  readonly pieces: number;
}

/** Each copy costs the host a program start of about a millisecond. */
const mostCopies = 2000;

export function makePatch({ old, fresh }: { readonly old: Buffer; readonly fresh: Buffer }): Patch | undefined {
  const mostLiteralBytes = Math.floor(fresh.length / 2);
  const copies = findCopies(old, fresh, { leastBytes: 256, mostLiteralBytes });
  if (copies === undefined) return undefined;
  const worth = fewer(copies);
  const literals = literalsBetween(worth, fresh);
  const bytes = literals.reduce((sum, { length }) => sum + length, 0);
  if (bytes > mostLiteralBytes) return undefined;
  const pieces: Piece[] = [];
  for (const [index, literal] of literals.entries()) {
    if (literal.length > 0) pieces.push({ literal });
    const copy = worth[index];
    if (copy !== undefined) pieces.push({ from: copy.from, bytes: copy.bytes });
  }
  return { stream: gzipSync(Buffer.concat([...differenceStream(pieces)]), { level: 9 }), pieces: pieces.length };
}

/** Gives up the shortest copies until few enough are left. */
function fewer(copies: readonly Copy[]): readonly Copy[] {
  let left = copies;
  for (let leastBytes = 512; left.length > mostCopies; leastBytes *= 2) {
    left = left.filter(({ bytes }) => bytes >= leastBytes);
  }
  return left;
}

/** What lies before each copy, and after the last one. */
function literalsBetween(copies: readonly Copy[], fresh: Buffer): readonly Buffer[] {
  const starts = [0, ...copies.map(({ at, bytes }) => at + bytes)];
  return starts.map((start, index) => fresh.subarray(start, copies[index]?.at ?? fresh.length));
}

if (parentPort !== null) {
  const { old, fresh } = workerData as Work;
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread is no browser window
  parentPort.postMessage(makePatch({ old: readFileSync(old), fresh: readFileSync(fresh) }));
}
