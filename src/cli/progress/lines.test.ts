import { describe, expect, it } from "vitest";

import { fleetJournal } from "../../../test/support/fleet-journal.ts";
import type { Moment } from "../../../test/support/fleet-journal.ts";
import { readGolden } from "../../../test/support/golden-journal.ts";
import { apply, fold } from "../../core/fold.ts";
import { Lines } from "./lines.ts";

/** The lines without their times, which depend on the time zone. */
function linesOf(moments: readonly Moment[]): readonly string[] {
  const lines = new Lines();
  const all = moments.flatMap(({ recorded, deployment }) => lines.add(deployment, recorded));
  return [...all, ...lines.flush()].map((line) => line.slice("00:00:00  ".length));
}

function momentsOf(name: string): readonly Moment[] {
  const [first, ...rest] = readGolden(name).journal;
  let deployment = fold("01j0", [first!]);
  return [
    { recorded: first!, deployment },
    ...rest.map((recorded) => ({ recorded, deployment: (deployment = apply(deployment, recorded)) })),
  ];
}

describe("a deployment in lines", () => {
  it.each(["rolling", "second-host-reverts", "unknown-stays", "soak", "paused-and-resumed", "abort-in-the-middle"])(
    "tells %s",
    (name) => {
      expect(linesOf(momentsOf(name)).join("\n")).toMatchSnapshot();
    },
  );

  it("tells what is equal on many hosts once", () => {
    const lines = linesOf(fleetJournal({ hosts: 12, batch: 12 }));
    expect(lines).toContain("12 hosts: upload release 42 done [800 ms to 2.3 s]");
    expect(lines).toContain("11 hosts: activate release 42 done (down for 812 ms) [12 s to 13 s]");
  });

  it("names a host that fails by itself, with its message", () => {
    const lines = linesOf(
      fleetJournal({ hosts: 12, batch: 12, ends: { "web-7": { kind: "failed", message: "no space\u001B[2J left" } } }),
    );
    expect(lines.filter((line) => line.startsWith("web-7: activate release 42 failed: no space left"))).toHaveLength(1);
  });

  it("begins each line with the time", () => {
    const [moment] = fleetJournal({ hosts: 1, batch: 1 });
    expect(new Lines().add(moment!.deployment, moment!.recorded)[0]).toMatch(/^\d\d:\d\d:\d\d {2}deploy orders/);
  });
});
