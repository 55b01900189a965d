import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { csvLine } from "./csv.ts";

describe("a line of CSV", () => {
  it("has texts in quotes, numbers as they are, and nothing for what is not there", () => {
    expect(csvLine(["kim", 3, null, 'say "yes", or\nno'])).toBe('"kim",3,,"say ""yes"", or\nno"\r\n');
  });

  it.each(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r=1", "＝1+1", "＋1", "\u200B=1", "\u0000=1", "\nx"])(
    "makes %j a text, which a spreadsheet would calculate",
    (text) => {
      expect(csvLine([text])).toMatch(/^"'/);
    },
  );

  it("leaves numbers, also those below zero", () => {
    expect(csvLine([-1, 1.5])).toBe("-1,1.5\r\n");
  });

  it("never lets a text begin another cell or line, whatever is in it", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary", maxLength: 20 }), { minLength: 1, maxLength: 5 }), (texts) => {
        const cells = [...csvLine(texts).matchAll(/"((?:[^"]|"")*)"(?:,|\r\n$)/g)].map(([, cell]) => cell!);
        expect(cells).toHaveLength(texts.length);
        for (const [index, cell] of cells.entries()) {
          const read = cell.replaceAll('""', '"');
          const meant = texts[index]!.toWellFormed().replaceAll("\0", "");
          expect([meant, `'${meant}`]).toContain(read);
          expect(read).not.toMatch(/^\s*[=+\-@]/);
        }
      }),
    );
  });
});
