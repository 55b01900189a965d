import { escape } from "node:querystring";

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
    ["in an address as a whole", encodeURI(secret)],
    ["in a query", escape(secret)],
    ["with every byte encoded", Buffer.from(secret).toString("hex").replaceAll(/../g, "%$&")],
    [
      "in JSON of other alphabets",
      JSON.stringify(secret)
        .slice(1, -1)
        .replaceAll("ö", String.raw`\u00F6`),
    ],
    ["in base64 with its padding", Buffer.from(secret).toString("base64")],
    ["in base64 in an address", encodeURIComponent(Buffer.from(secret).toString("base64"))],
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

  it.each([
    ["in JSON as Go writes it", "a<b>&c\u2028d", String.raw`a\u003cb\u003e\u0026c\u2028d`],
    ["in JSON as Gson writes it", "a<b>='c", String.raw`a\u003cb\u003e\u003d\u0027c`],
    [
      "in base64 in JSON",
      "\u00ff\u00ff\u00ff?",
      Buffer.from("\u00ff\u00ff\u00ff?").toString("base64").replaceAll("/", "\\/"),
    ],
    ["in an address as Python writes it", "a/b c~d!", "a/b%20c~d%21"],
    ["in an address as Java writes it", "a*b c~d!", "a*b+c%7Ed%21"],
    ["in a path as Go writes it", "a@b c:d!", "a@b%20c:d%21"],
  ])("hides a secret %s", (_form, secret, text) => {
    expect(maskText([secret], `before ${text} after`)).toBe(`before ${MASKED} after`);
  });

  it.each([
    [64, "\n"],
    [76, "\n"],
    [76, "\r\n"],
  ])("hides base64 in lines of %i characters, ended by %j, also when they are indented", (width, newline) => {
    const long = "0123456789 abcdefghij ".repeat(20);
    const lines = Buffer.from(long)
      .toString("base64")
      .match(new RegExp(`.{1,${width}}`, "g"))!;
    expect(maskText([long], `before ${lines.join(newline)} after`)).toBe(`before ${MASKED} after`);
    expect(maskText([long], lines.join("\n    "))).toBe(lines.map(() => MASKED).join("\n    "));
  });

  it("knows what was added to a list that it has seen before", () => {
    const secrets = ["abcdef"];
    expect(maskText(secrets, "abcdef ghijkl")).toBe("*** ghijkl");
    secrets.push("ghijkl");
    expect(maskText(secrets, "abcdef ghijkl")).toBe("*** ***");
    secrets.splice(0, 2, "ghijkl", "mnopqr");
    expect(maskText(secrets, "abcdef ghijkl mnopqr")).toBe("abcdef *** ***");
  });

  it("hides what becomes known while text comes", () => {
    let secrets = ["abcdef"];
    const mask = createMask(() => secrets);
    expect(mask.push("ghijkl abcdef abc")).toBe("ghijkl *** ");
    secrets = [...secrets, "ghijkl"];
    expect(mask.push("def ghijkl gh")).toBe("*** *** ");
    secrets = ["ghijklmn"];
    expect(mask.push("ijkl")).toBe("");
    expect(mask.push("mn abcdef") + mask.end()).toBe("*** abcdef");
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
      (secret) => Buffer.from(secret).toString("base64url"),
      (secret) => encodeURIComponent(Buffer.from(secret).toString("base64")),
      (secret) => encodeURI(secret),
      (secret) => escape(secret),
      (secret) => new URLSearchParams({ secret }).toString().slice("secret=".length),
      (secret) => Buffer.from(secret).toString("hex").replaceAll(/../g, "%$&"),
      (secret) => `'${secret.replaceAll("'", `'"'"'`)}'`,
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

  it("never shows what base64 has of a secret in the middle of something else, cut anywhere", () => {
    const around = fc.uint8Array({ maxLength: 7 });
    const secret = fc.string({ unit: "grapheme", minLength: 6, maxLength: 80 });
    const cuts = fc.array(fc.nat(), { maxLength: 8 });
    const alphabet = fc.constantFrom<BufferEncoding>("base64", "base64url");
    fc.assert(
      fc.property(around, secret, around, alphabet, cuts, (before, secret, after, alphabet, cuts) => {
        const bytes = Buffer.from(secret);
        const encoded = Buffer.concat([before, bytes, after]).toString(alphabet);
        // Only the characters that carry nothing but the secret: those at its ends also tell of its neighbours.
        const begin = Math.ceil((before.length * 8) / 6);
        const end = Math.floor(((before.length + bytes.length) * 8) / 6);
        const shown = maskPieces([secret], pieces(encoded, cuts));
        expect(shown).not.toContain(encoded.slice(begin, end));
        expect(shown.length).toBeLessThanOrEqual(begin + MASKED.length + encoded.length - end);
      }),
      { numRuns: process.env["SIGNALBOX_TEST_ALL"] === "1" ? 10_000 : 2_000 },
    );
  }, 120_000);
});
