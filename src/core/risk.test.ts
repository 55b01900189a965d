import { describe, expect, it } from "vitest";

import { riskLines, type RiskFacts } from "./risk.ts";

const now = 1_000_000_000;
const plain: RiskFacts = { migrations: [], unitLines: 0, isDownMeanwhile: false, lastAt: now - 3_600_000 };
const kinds = (facts: Partial<RiskFacts>): readonly string[] =>
  riskLines({ ...plain, ...facts }, now).map(({ kind }) => kind);

describe("the risk of a deployment", () => {
  it("is hardly anything for what changes hardly anything", () => {
    expect(riskLines(plain, now)).toEqual([{ kind: "since-last", seconds: 3600 }]);
  });

  it("says that there is nothing to go back to", () => {
    const { lastAt: _, ...first } = plain;
    expect(riskLines(first, now)).toEqual([{ kind: "first-deployment" }]);
  });

  it("names what is big or can't be undone before what only is", () => {
    expect(
      kinds({
        commits: { authors: ["Kim"], count: 3, more: false, files: 2, strangers: ["Kim"] },
        migrations: [{ id: "drop-names", kind: "contract" }],
        unitLines: 2,
        isDownMeanwhile: true,
        elsewhere: [],
      }),
    ).toEqual([
      "commits",
      "files",
      "authors-unknown",
      "migrations",
      "unit-changes",
      "downtime",
      "not-proven",
      "since-last",
    ]);
  });

  it("says that commits could not be read, rather than nothing", () => {
    expect(riskLines({ ...plain, commits: "unread" }, now)[0]).toEqual({ kind: "authors-unknown", names: [] });
  });

  it("names a few of many authors, and that there are more", () => {
    const authors = ["a", "b", "c", "d", "e", "f"];
    const [line] = riskLines({ ...plain, commits: { authors, count: 9, more: false, files: 1, strangers: [] } }, now);
    expect(line).toEqual({ kind: "commits", count: 9, authors: authors.slice(0, 5), more: true });
  });

  it("tells where it has served longest", () => {
    const elsewhere = [
      { environment: "dev", milliseconds: 5_000 },
      { environment: "stage", milliseconds: 9_000 },
    ];
    expect(riskLines({ ...plain, elsewhere }, now)[0]).toEqual({ kind: "proven-in", environment: "stage", seconds: 9 });
  });

  it("says that a contract migration is among them", () => {
    const migrations = [
      { id: "add", kind: "expand" },
      { id: "drop", kind: "contract" },
    ] as const;
    expect(riskLines({ ...plain, migrations }, now)[0]).toEqual({
      kind: "migrations",
      names: ["add", "drop"],
      contract: true,
    });
  });
});
