import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { globMistake, matchesAnyGlob, matchesGlob } from "./trigger-glob.ts";

/** Any UTF-16, halves of characters too. */
const anyText = fc
  .array(fc.integer({ min: 0, max: 0xff_ff }), { maxLength: 50 })
  .map((units) => String.fromCharCode(...units));

describe("a pattern", () => {
  it.each([
    ["main", "main", true],
    ["main", "mainly", false],
    ["main", "Main", false],
    ["v*", "v1.2.0", true],
    ["v*", "v", true],
    ["v*", "v1/2", false],
    ["v?.?", "v1.2", true],
    ["v?.?", "v1.22", false],
    ["?", "/", false],
    ["release/*", "release/7", true],
    ["release/*", "release/7/x", false],
    ["release/**", "release/7/x", true],
    ["**", "any/thing", true],
    ["**", "", true],
    ["**/*.md", "README.md", true],
    ["**/*.md", "docs/a/b.md", true],
    ["**/*.md", "docs/a.mdx", false],
    ["**/test/**", "test/a", true],
    ["**/test/**", "a/test/b/c", true],
    ["**/test/**", "a/contest/b", false],
    ["src/**/x", "src/x", true],
    ["src/**/x", "src/a/b/x", true],
    ["src/**/x", "src/ax", false],
    ["src/*/x", "src/x", false],
    [".*", ".env", true],
    ["*", ".env", true],
    ["기능/*", "기능/주문", true],
    ["?", "🚦", true],
    ["caf\u00e9", "cafe\u0301", true],
    ["a.c", "abc", false],
    ["a+$(x)", "a+$(x)", true],
  ])("%s for %s: %s", (pattern, text, expected) => {
    expect(matchesGlob(pattern, text)).toBe(expected);
    expect(globMistake(pattern)).toBeUndefined();
  });

  it.each(["", "/src", "docs/", "a**", "**b/c", "[ab]", "{a,b}", "!main", "a\\b", "a\nb", "\ud800", "x".repeat(201)])(
    "%j is refused with words",
    (pattern) => {
      expect(globMistake(pattern)).toMatch(/^(must|has) /);
    },
  );

  const part = fc.stringMatching(/^[ab.]{1,3}$/);
  const name = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
  const wildPart = fc
    .oneof(fc.stringMatching(/^[ab.*?]{1,4}$/), fc.constant("**"))
    .filter((one) => one === "**" || !one.includes("**"));
  const wild = fc.array(wildPart, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));

  it("means the same as the regular expression that it stands for", () => {
    const asExpression = (pattern: string): RegExp => {
      const parts = pattern.split("/");
      const source = parts.map((one, at) => {
        const isLast = at === parts.length - 1;
        if (one === "**") return isLast ? ".*" : "(?:[^/]*/)*";
        const text = one.replaceAll(".", "\\.").replaceAll("*", "[^/]*").replaceAll("?", "[^/]");
        return isLast ? text : `${text}/`;
      });
      return new RegExp(`^(?:${source.join("")})$`, "su");
    };
    fc.assert(
      fc.property(wild, name, (pattern, text) => {
        expect(matchesGlob(pattern, text)).toBe(asExpression(pattern).test(text));
      }),
      { numRuns: 1_000 },
    );
  });

  it("stands for itself where it has no wildcard, and ** for everything", () => {
    fc.assert(
      fc.property(name, name, (one, other) => {
        expect(matchesGlob(one, other)).toBe(one === other);
        expect(matchesAnyGlob(["**"], one)).toBe(true);
        expect(matchesAnyGlob([], one)).toBe(false);
      }),
    );
  });

  it("is never a throw", () => {
    fc.assert(
      fc.property(anyText, anyText, (pattern, text) => {
        expect(typeof matchesGlob(pattern, text)).toBe("boolean");
        globMistake(pattern);
      }),
    );
  });

  it("takes a number of steps that grows with its length and that of the text, not with the ways to read it", () => {
    const pattern = `${"*a".repeat(80)}*b`;
    expect(matchesGlob(pattern, "a".repeat(4000))).toBe(false);
    expect(matchesGlob(`${"**/".repeat(60)}b`, "a/".repeat(2000))).toBe(false);
  });
});
