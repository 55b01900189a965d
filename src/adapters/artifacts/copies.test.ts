import { randomBytes } from "node:crypto";

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { findCopies, type Copy } from "./copies.ts";
import { makePatch } from "./difference-worker.ts";

const anyLimit = { leastBytes: 64, mostLiteralBytes: Number.POSITIVE_INFINITY };

/** Fast-check's own bytes would seldom have anything in common. */
const related = fc
  .tuple(
    fc.uint8Array({ minLength: 300, maxLength: 3000 }),
    fc.array(fc.tuple(fc.nat(3000), fc.nat(1500), fc.uint8Array({ maxLength: 100 })), { maxLength: 6 }),
  )
  .map(([bytes, edits]) => {
    const old = Buffer.from(bytes);
    const fresh = edits.map(([at, length, between]) =>
      Buffer.concat([old.subarray(at % old.length).subarray(0, length), between]),
    );
    return { old, fresh: Buffer.concat(fresh) };
  });

function rebuilt(copies: readonly Copy[], old: Buffer, fresh: Buffer): Buffer {
  const made = Buffer.from(fresh);
  for (const { at, from, bytes } of copies) old.copy(made, at, from, from + bytes);
  return made;
}

describe("copies between two files", () => {
  it("are bytes that both files have, in order and without overlap", () => {
    fc.assert(
      fc.property(related, ({ old, fresh }) => {
        const copies = findCopies(old, fresh, anyLimit) ?? [];
        expect(rebuilt(copies, old, fresh).equals(fresh)).toBe(true);
        let end = 0;
        for (const { at, bytes } of copies) {
          expect(at).toBeGreaterThanOrEqual(end);
          end = at + bytes;
        }
        expect(end).toBeLessThanOrEqual(fresh.length);
      }),
    );
  });

  it("are found wherever the bytes have moved to", () => {
    const old = randomBytes(10_000);
    const fresh = Buffer.concat([Buffer.from("odd"), old.subarray(5000), Buffer.from("!"), old.subarray(0, 5000)]);
    expect(findCopies(old, fresh, anyLimit)).toEqual([
      { at: 3, from: 5000, bytes: 5000 },
      { at: 5004, from: 0, bytes: 5000 },
    ]);
  });

  it.each([0, 1, 63, 64, 65])("need no more than %s bytes in either file", (length) => {
    const bytes = Buffer.alloc(length, 7);
    for (const [old, fresh] of [
      [bytes, Buffer.alloc(200, 7)],
      [Buffer.alloc(200, 7), bytes],
    ] as const)
      expect(rebuilt(findCopies(old, fresh, anyLimit) ?? [], old, fresh)).toEqual(fresh);
  });

  it("are not looked for without end in files that are made to be slow", () => {
    const old = Buffer.alloc(4_000_000, 0);
    const fresh = Buffer.alloc(4_000_000, 0);
    for (let at = 0; at < fresh.length; at += 200) fresh[at] = 1 + ((at / 200) % 255);
    const began = performance.now();
    expect(findCopies(old, fresh, { leastBytes: 256, mostLiteralBytes: fresh.length })).toBeUndefined();
    expect(performance.now() - began).toBeLessThan(5000);
  });

  it("make no patch when more than half of the bytes are new", () => {
    const old = randomBytes(4000);
    const half = (share: number): Buffer => Buffer.concat([old.subarray(0, share), Buffer.alloc(4000 - share, 1)]);
    expect(makePatch({ old, fresh: half(1500) })).toBeUndefined();
    expect(makePatch({ old, fresh: half(2500) })).toBeDefined();
  });
});
