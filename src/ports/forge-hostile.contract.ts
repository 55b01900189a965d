/** What every forge has to do with what is no webhook, though it is signed like one. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { DeliveryHeaders, Reading } from "./forge.ts";
import type { ForgeKit } from "./forge-story.contract.ts";
import { bytes, expectSound, story } from "./forge-story.contract.ts";

/** Any UTF-16, halves of characters too. */
const anyText = fc
  .array(fc.integer({ min: 0, max: 0xff_ff }), { maxLength: 50 })
  .map((units) => String.fromCharCode(...units));

export function describeHostile(name: string, { forge, samples, ping }: ForgeKit): void {
  describe(`${name}: what is no such thing`, () => {
    const readBytes = (body: Uint8Array, headers: DeliveryHeaders = samples.push.headers): Reading => {
      const reading = forge.read({ headers, body });
      expectSound(reading);
      return reading;
    };
    const readText = (text: string): string => readBytes(new TextEncoder().encode(text)).kind;
    const text = JSON.stringify(samples.push.payload);

    it("is unreadable when it is cut off anywhere", () => {
      for (let length = 0; length < text.length; length += 7)
        expect(readText(text.slice(0, length))).toBe("unreadable");
    });

    it("is unreadable when it is no JSON in UTF-8", () => {
      for (const one of [
        "",
        " ",
        "null",
        "[]",
        '"push"',
        "42",
        "true",
        `${text}${text}`,
        `\ufeff${text}`,
        `${text}\u0000`,
      ])
        expect([one.slice(0, 20), readText(one)]).toEqual([one.slice(0, 20), "unreadable"]);
      const broken = new TextEncoder().encode(text);
      broken[broken.length >> 1] = 0xff;
      expect(readBytes(broken).kind).toBe("unreadable");
      const form = { ...samples.push.headers, "content-type": "application/x-www-form-urlencoded" };
      expect(readBytes(new TextEncoder().encode(text), form)).toMatchObject({ reason: expect.stringMatching(/form/) });
    });

    it("is unreadable when it is nested deeply, has endless lists, or a key twice", () => {
      for (const [open, close] of [
        ["[", "]"],
        ['{"a":', "}"],
      ] as const)
        for (const depth of [40, 100_000])
          expect(readText(`{"x":${open.repeat(depth)}1${close.repeat(depth)},${text.slice(1)}`)).toBe("unreadable");
      expect(readText(`{"x":[${"1,".repeat(250_000)}1],${text.slice(1)}`)).toBe("unreadable");
      expect(readText(`{"repository":{},${text.slice(1)}`)).toBe("unreadable");
      expect(readText(`{"\\u0072epository":{},${text.slice(1)}`)).toBe("unreadable");
      expect(readText(`${text.slice(0, -1)},"a":{"b":1,"b":2}}`)).toBe("unreadable");
      expect(readText(`${text.slice(0, -1)},"a":[{"b":1},{"b":2}],"b":"\\",\\"b\\":"}`)).toBe("pushes");
    });

    it("has no power over prototypes", () => {
      const polluted = readText(`{"__proto__":${text},"constructor":{"prototype":${text}}}`);
      expect(polluted).not.toBe("pushes");
      expect(readText(`{"__proto__":{"polluted":true},"toString":1,${text.slice(1)}`)).toBe("pushes");
      expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    });

    it("is never a throw, whatever takes the place of whatever", () => {
      const hostile = fc.oneof(
        fc.constantFrom<unknown>(null, true, -1, 2 ** 60, "", "\u0000\u202e\ud800", "x".repeat(5000), [], [[]], {}, [
          null,
        ]),
        fc.constantFrom<unknown>(
          "refs/heads/../x",
          "refs/heads/-o",
          "refs/pull/1/head",
          "refs/heads/\u200bmain",
          story.none,
        ),
        fc.constantFrom<unknown>(
          "https://evil.example/\u001b[2J",
          "javascript:alert(1)",
          "../..",
          "a/../b",
          "kim\nadmin",
        ),
        anyText,
        fc.jsonValue(),
      );
      const payloads = [...Object.values(samples), ...(ping === undefined ? [] : [ping])];
      fc.assert(
        fc.property(fc.constantFrom(...payloads), fc.nat(), hostile, (sample, which, value) => {
          const places = placesIn(sample.payload);
          const body = bytes(replaced(sample.payload, places[which % places.length]!, value));
          readBytes(body, sample.headers);
        }),
        { numRuns: 500 },
      );
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 200 }), (body) => void readBytes(body)),
        { numRuns: 100 },
      );
      fc.assert(
        fc.property(fc.json(), (body) => void readText(body)),
        { numRuns: 100 },
      );
    });

    it("takes no odd header for an event or an id", () => {
      for (const name of Object.keys(samples.push.headers))
        for (const value of ["", "\u0000", "a b", "x".repeat(2000), "<script>", ["push"], undefined]) {
          const reading = readBytes(new TextEncoder().encode(text), { ...samples.push.headers, [name]: value });
          expect([story.delivery, undefined]).toContain("delivery" in reading ? reading.delivery : undefined);
        }
    });
  });
}

type Place = readonly (string | number)[];

/** The places of all values in a payload, the inner ones too. */
function placesIn(value: unknown, above: Place = []): readonly Place[] {
  if (typeof value !== "object" || value === null) return [above];
  return [above, ...Object.entries(value).flatMap(([key, one]) => placesIn(one, [...above, key]))];
}

function replaced(value: unknown, [key, ...below]: Place, by: unknown): unknown {
  if (key === undefined) return by;
  const copy = structuredClone(value) as Record<string | number, unknown>;
  copy[key] = replaced(copy[key], below, by);
  return copy;
}
