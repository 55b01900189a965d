import { describe, expect, it } from "vitest";

import { fleetJournal } from "../../../test/support/fleet-journal.ts";
import { goldenNames, readGolden } from "../../../test/support/golden-journal.ts";
import { fold } from "../../core/fold.ts";
import { closingTable, verdict } from "./verdict.ts";

const style = { colour: false, unicode: true };

describe("the verdict", () => {
  const textOf = (name: string): string => {
    const deployment = fold("01j0", readGolden(name).journal);
    return [...verdict(deployment, "d-12", style), closingTable(deployment, style)].join("\n");
  };

  it.each([
    "rolling",
    "second-host-reverts",
    "unknown-stays",
    "superseded",
    "unreachable-before",
    "unreachable-in-rollout-tolerated",
    "roll-back-fails",
  ])("of %s says how it ended, what is safe, and what to do", (name) => {
    expect(textOf(name)).toMatchSnapshot();
  });

  it.each(goldenNames())("of %s has a next command when something failed", (name) => {
    const { state } = fold("01j0", readGolden(name).journal);
    if (!["failed", "rolled-back", "rollback-failed"].includes(state)) return;
    expect(textOf(name)).toMatch(/ {2}Next: signalbox (?:logs d-12|doctor web-\d)/);
    expect(textOf(name)).toMatch(/Nothing that serves was touched|is on|has to be looked at/);
  });

  it("names at most ten failed hosts, and counts the others", () => {
    const failed = { kind: "failed", message: "no space left" } as const;
    const ends = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`web-${index + 2}`, failed]));
    const { deployment } = fleetJournal({ hosts: 40, batch: 39, ends }).at(-1)!;
    const lines = verdict(deployment, "d-12", style);
    expect(lines.length).toBeLessThan(16);
    expect(lines.join("\n")).toContain("and 20 more");
  });

  it("shows the downtime of each host", () => {
    const { deployment } = fleetJournal({ hosts: 2, batch: 1 }).at(-1)!;
    expect(closingTable(deployment, style)).toMatchSnapshot();
  });
});
