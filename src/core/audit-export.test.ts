import { describe, expect, it } from "vitest";

import { linkTo } from "./audit-chain.ts";
import { exportBegin, exportRow } from "./audit-export.ts";
import { digestOf } from "./digest.ts";

const access = '{"address":"10.0.0.7","via":"token"}';
const row = linkTo(null, { at: 0, actor: "=kim", action: "approve", object: "d-1", detail: '{"a":1}', access });

describe("a row of the audit log for other programs", () => {
  it("is a line of JSON from which its hash can be computed again", () => {
    const { hash, time, ...content } = JSON.parse(exportRow("json-lines", row)) as Record<string, unknown>;
    expect(time).toBe("1970-01-01T00:00:00.000Z");
    expect(digestOf(content)).toBe(hash);
  });

  it("has no access in JSON where it was not kept, so that old rows have their hash", () => {
    const old = linkTo(null, { ...row, access: null });
    const { hash, time: _, ...content } = JSON.parse(exportRow("json-lines", old)) as Record<string, unknown>;
    expect(digestOf(content)).toBe(hash);
  });

  it("is a line of CSV under its titles", () => {
    expect(exportBegin("csv").split(",")).toHaveLength(10);
    expect(exportRow("csv", row)).toBe(
      `1,"1970-01-01T00:00:00.000Z","'=kim","approve","d-1","token","10.0.0.7","{""a"":1}","","${row.hash}"\r\n`,
    );
  });

  it("is exported also when somebody edited it into nonsense", () => {
    const edited = { ...row, at: 1e300, access: "no JSON" };
    expect(exportRow("csv", edited)).toContain('"no JSON"');
    expect(exportRow("json-lines", edited)).toContain('"no JSON"');
  });
});
