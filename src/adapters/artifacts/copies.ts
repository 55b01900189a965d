/**
 * Finds what a new file has in common with an old one. Bytes in, places out.
 *
 * The old file's blocks of 64 bytes are remembered by their hash, as rsync and xdelta do it; a hash that rolls over
 * the new file finds them at any offset, and what is found is extended to both sides. So an archive whose entries
 * moved or got other time stamps still consists of copies.
 */

/** `bytes` of the new file at `at` are those of the old file at `from`. */
export interface Copy {
  readonly at: number;
  readonly from: number;
  readonly bytes: number;
}

export interface Limits {
  /** A shorter copy costs the host more than the bytes it saves. */
  readonly leastBytes: number;
  /** More new bytes than this, and the search ends. */
  readonly mostLiteralBytes: number;
}

const blockBytes = 64;
const factor = 0x2f0b4ae5;
/** `factor` to the power of 63: the weight of the byte that leaves the rolling window. */
const leaving = power(factor, blockBytes - 1);

/** A slot holds 22 bits of block number and 10 bits of the hash, so that a wrong slot seldom costs a look at the old file. */
const blockBits = 22;
const blockMask = 2 ** blockBits - 1;
export const mostOldBytes = blockMask * blockBytes;

/** All copies in the order of the new file, or nothing when too little is in common. */
export function findCopies(old: Buffer, fresh: Buffer, limits: Limits): readonly Copy[] | undefined {
  if (old.length > mostOldBytes) return undefined;
  const index = new BlockIndex(old);
  const copies: Copy[] = [];
  // Files made to be slow (the same block everywhere) end the search instead of holding a processor.
  let patience = fresh.length + 64 * 1024 * 1024;
  let literalBytes = 0;
  let start = 0;
  let shift = 0;
  let hash = hashAt(fresh, 0);
  for (let at = 0; at + blockBytes <= fresh.length;) {
    const found = index.find(hash);
    const copy = found < 0 ? undefined : bestCopy(old, fresh, { at, found, shift, start });
    if (copy !== undefined && copy.bytes >= limits.leastBytes) {
      literalBytes += copy.at - start;
      copies.push(copy);
      shift = copy.from - copy.at;
      start = at = copy.at + copy.bytes;
      hash = hashAt(fresh, at);
      continue;
    }
    patience -= copy?.bytes ?? 0;
    if (patience < 0 || literalBytes + at - start > limits.mostLiteralBytes) return undefined;
    hash = roll(hash, fresh[at] ?? 0, fresh[at + blockBytes] ?? 0);
    at++;
  }
  return literalBytes + fresh.length - start > limits.mostLiteralBytes ? undefined : copies;
}

interface Candidate {
  readonly at: number;
  /** Where the old file has a block with the same hash. */
  readonly found: number;
  /** How far old and new lay apart in the copy before: after a few changed bytes it mostly goes on like that. */
  readonly shift: number;
  readonly start: number;
}

function bestCopy(old: Buffer, fresh: Buffer, { at, found, shift, start }: Candidate): Copy | undefined {
  const asBefore = at + shift;
  const from = asBefore >= 0 && sameBlock(old, asBefore, fresh, at) ? asBefore : found;
  if (from === found && !sameBlock(old, found, fresh, at)) return undefined;
  let back = 0;
  while (at - back > start && from - back > 0 && fresh[at - back - 1] === old[from - back - 1]) back++;
  const ahead = sameBytes(old, from + blockBytes, fresh, at + blockBytes);
  return { at: at - back, from: from - back, bytes: back + blockBytes + ahead };
}

function sameBlock(old: Buffer, from: number, fresh: Buffer, at: number): boolean {
  if (from + blockBytes > old.length) return false;
  for (let offset = 0; offset < blockBytes; offset++) if (old[from + offset] !== fresh[at + offset]) return false;
  return true;
}

/** How many bytes are equal from here on. */
function sameBytes(old: Buffer, from: number, fresh: Buffer, at: number): number {
  const most = Math.min(old.length - from, fresh.length - at);
  let same = 0;
  for (let stride = 64; same + stride <= most; stride = Math.min(stride * 2, 64 * 1024)) {
    if (old.compare(fresh, at + same, at + same + stride, from + same, from + same + stride) === 0) same += stride;
    else if (stride === 64) break;
    else stride = 32;
  }
  while (same < most && old[from + same] === fresh[at + same]) same++;
  return same;
}

class BlockIndex {
  readonly #slots: Uint32Array;
  readonly #shift: number;

  constructor(old: Buffer) {
    const blocks = Math.floor(old.length / blockBytes);
    const bits = Math.max(8, Math.ceil(Math.log2(blocks * 4 + 1)));
    this.#slots = new Uint32Array(2 ** bits);
    this.#shift = 32 - bits;
    for (let block = blocks - 1; block >= 0; block--) {
      const hash = hashAt(old, block * blockBytes);
      this.#slots[this.#slotOf(hash)] = tagOf(hash) + block + 1;
    }
  }

  /** Where the old file has a block with this hash (and perhaps with these bytes), or -1. */
  find(hash: number): number {
    const slot = this.#slots[this.#slotOf(hash)] ?? 0;
    if (slot === 0 || (slot & ~blockMask) >>> 0 !== tagOf(hash)) return -1;
    return ((slot & blockMask) - 1) * blockBytes;
  }

  #slotOf(hash: number): number {
    return Math.imul(hash, 0x9e3779b1) >>> this.#shift;
  }
}

const tagOf = (hash: number): number => ((hash ^ (hash >>> 13)) << blockBits) >>> 0;

function hashAt(bytes: Buffer, at: number): number {
  if (at + blockBytes > bytes.length) return 0;
  let hash = 0;
  for (let offset = 0; offset < blockBytes; offset++) hash = (Math.imul(hash, factor) + (bytes[at + offset] ?? 0)) | 0;
  return hash;
}

function roll(hash: number, out: number, into: number): number {
  return (Math.imul(hash - Math.imul(out, leaving), factor) + into) | 0;
}

function power(base: number, exponent: number): number {
  let result = 1;
  for (let times = 0; times < exponent; times++) result = Math.imul(result, base);
  return result;
}
