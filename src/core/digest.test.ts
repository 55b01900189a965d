import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { canonicalJson, digestOf } from "./digest.ts";

describe("a digest", () => {
  it("does not depend on the order of keys, at any depth", () => {
    expect(digestOf({ a: 1, b: { c: [{ d: 2, e: 3 }] } })).toBe(digestOf({ b: { c: [{ e: 3, d: 2 }] }, a: 1 }));
  });

  it("depends on the order of lists, on types and on every value", () => {
    const different = [[1, 2], [2, 1], ["1", 2], [1, null], [1], { 0: 1, 1: 2 }, [[1, 2]]];
    expect(new Set(different.map(digestOf)).size).toBe(different.length);
  });

  it("takes a missing value and undefined for the same", () => {
    expect(digestOf({ a: 1, b: undefined })).toBe(digestOf({ a: 1 }));
  });

  it("is the SHA-256 that sha256sum prints for the canonical JSON", () => {
    expect(canonicalJson({ b: 1, a: "x" })).toBe('{"a":"x","b":1}');
    expect(digestOf({})).toBe("44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
  });

  it("is the same after data went through JSON", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(digestOf(JSON.parse(JSON.stringify(value)))).toBe(digestOf(value));
      }),
    );
  });
});
