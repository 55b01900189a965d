import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { createMask, MASKED, maskText } from "./mask.ts";

/** The text cut at random places. */
function pieces(text: string, cuts: readonly number[]): string[] {
  const places = [0, ...cuts.map((cut) => cut % (text.length + 1)).toSorted((a, b) => a - b), text.length];
  return places.slice(1).map((end, index) => text.slice(places[index], end));
}

function maskPieces(secrets: readonly string[], chunks: readonly string[]): string {
  const mask = createMask(secrets);
  return chunks.map((chunk) => mask.push(chunk)).join("") + mask.end();
}

describe("a mask", () => {
  const secret = `pa$$ "wörd"/it's~100%`;

  it("lets text without secrets pass at once", () => {
    const mask = createMask([secret]);
    expect(mask.push("nothing to see here, p")).toBe("nothing to see here, ");
    expect(mask.push("lease")).toBe("please");
    expect(mask.end()).toBe("");
    expect(createMask([]).push("p")).toBe("p");
  });

  it("keeps nothing back that is complete", () => {
    expect(createMask(["abcdef"]).push("x abcdef")).toBe(`x ${MASKED}`);
    expect(createMask(["abcdef", "abcdefgh"]).push("x abcdef")).toBe("x ");
  });

  it.each([
    ["as it is", secret],
    ["URL-encoded", encodeURIComponent(secret)],
    ["URL-encoded in small letters", encodeURIComponent(secret).replaceAll(/%../g, (code) => code.toLowerCase())],
    ["in a form", new URLSearchParams({ value: secret }).toString().slice("value=".length)],
    ["in JSON", JSON.stringify(secret).slice(1, -1)],
    ["in single quotes of a shell", secret.replaceAll("'", String.raw`'\''`)],
    ["in single quotes as Python writes them", secret.replaceAll("'", `'"'"'`)],
    ["in double quotes of a shell", secret.replaceAll(/["$\\`]/g, String.raw`\$&`)],
  ])("hides a secret %s", (_form, text) => {
    expect(maskText([secret], `before ${text} after`)).toBe(`before ${MASKED} after`);
  });

  it.each([0, 1, 2, 3, 4, 5])("hides a secret in base64 after %i other bytes, and two around it", (before) => {
    const text = Buffer.from(`${"x".repeat(before)}${secret}${"y".repeat(2)}`).toString("base64");
    const shown = maskText([secret], text);
    expect(shown).toContain(MASKED);
    // What is left are the neighbours, and the characters that carry bits of both.
    expect(shown.replace(MASKED, "").length).toBeLessThanOrEqual(4 * Math.ceil(before / 3) + 8);
    expect(maskText([secret], Buffer.from(secret).toString("base64url"))).toMatch(/^\*\*\*.?$/);
  });

  it("hides each line of a key, however it is indented", () => {
    const key = "-----BEGIN KEY-----\nAAAAB3NzaC1yc2EA\nBBBBB3NzaC1yc2EB\n-----END KEY-----\n";
    expect(maskText([key], `> ${key.replaceAll("\n", "\r\n> ")}`)).toBe("> ***\r\n> ***\r\n> ***\r\n> ***\r\n> ");
    expect(maskText([key], `key: ${key}end`)).toBe("key: ***end");
  });

  it("hides what any of several secrets covers", () => {
    expect(maskText(["abcdef", "defghi"], "xabcdefghiy")).toBe("x***y");
    expect(maskText(["abcd", "abcdefgh"], "abcdefgh abcdefg")).toBe("*** ***efg");
    expect(maskText(["aaaa"], "a".repeat(10_000))).toBe(MASKED);
  });

  it("leaves very short ones alone: they would hide half of every log", () => {
    expect(maskText(["abc", ""], "abc")).toBe("abc");
  });

  it("keeps little back, whatever comes", () => {
    const mask = createMask(["a".repeat(100)]);
    let shown = 0;
    for (let count = 0; count < 1000; count += 1) shown += mask.push("a".repeat(99)).length;
    expect(shown).toBeGreaterThan(0);
    expect(shown).toBeLessThan(10);
  });

  // A small alphabet makes secrets overlap each other and themselves.
  const letters = fc.string({ unit: fc.constantFrom("a", "b", "'", "é"), minLength: 4, maxLength: 9 });
  const text = fc
    .array(fc.oneof(letters, fc.constantFrom(" ", "\n", "abab", "%C3")), { maxLength: 12 })
    .map((all) => all.join(""));

  it("gives the same for any chunks", () => {
    fc.assert(
      fc.property(
        fc.array(letters, { maxLength: 3 }),
        text,
        fc.array(fc.nat(), { maxLength: 8 }),
        (secrets, text, cuts) => {
          expect(maskPieces(secrets, pieces(text, cuts))).toBe(maskText(secrets, text));
        },
      ),
      { numRuns: 10_000 },
    );
  }, 120_000);

  it("never shows a secret in any of its forms, cut anywhere", () => {
    const secrets = fc.array(fc.string({ unit: "grapheme", minLength: 6, maxLength: 40 }), {
      minLength: 1,
      maxLength: 3,
    });
    const form = fc.constantFrom<(secret: string) => string>(
      (secret) => secret,
      (secret) => encodeURIComponent(secret),
      (secret) => JSON.stringify(secret),
      (secret) => `'${secret.replaceAll("'", String.raw`'\''`)}'`,
      (secret) => Buffer.from(secret).toString("base64"),
    );
    fc.assert(
      fc.property(
        secrets,
        form,
        fc.string(),
        fc.string(),
        fc.array(fc.nat(), { maxLength: 8 }),
        (secrets, form, before, after, cuts) => {
          const usable = secrets.filter((secret) => !secret.includes("*"));
          const shown = maskPieces(secrets, pieces(before + usable.map(form).join(" ") + after, cuts));
          for (const secret of usable) {
            expect(shown).not.toContain(secret);
            expect(shown).not.toContain(form(secret));
          }
        },
      ),
      { numRuns: process.env["SIGNALBOX_TEST_ALL"] === "1" ? 10_000 : 1_000 },
    );
  }, 120_000);
});
