import { describe, expect, it } from "vitest";

import { fleetJournal } from "../../../test/support/fleet-journal.ts";
import type { Moment } from "../../../test/support/fleet-journal.ts";
import { readGolden } from "../../../test/support/golden-journal.ts";
import { tell } from "../../../test/support/story-teller.ts";
import type { Recorded } from "../../core/deployment.ts";
import { fold } from "../../core/fold.ts";
import { cells } from "../width.ts";
import { screen } from "./screen.ts";
import type { Size } from "./screen.ts";

const style = { colour: false, unicode: true };
const wide = { columns: 100, rows: 24 };
const narrow = { columns: 44, rows: 12 };

/** The screen right after an event, a moment later. */
function after(journal: readonly Recorded[], count: number, size: Size = wide, later = 2000): string {
  const part = journal.slice(0, count);
  const seen = { deployment: fold("01j0", part), title: "d-12" };
  return screen(seen, part.at(-1)!.at + later, size, style).join("\n");
}

function indexOf(journal: readonly Recorded[], test: (event: Recorded["event"]) => boolean): number {
  const index = journal.findIndex(({ event }) => test(event));
  expect(index).toBeGreaterThan(-1);
  return index + 1;
}

const calm = fleetJournal({ hosts: 100, batch: 10, soakSeconds: 30 });
const rough = fleetJournal({
  hosts: 100,
  batch: 10,
  ends: {
    "web-14": { kind: "reverted", message: 'unit "orders@main" exited with status 1 within 3 s' },
    "web-16": { kind: "unknown", message: "the connection was lost" },
  },
});

/** The screen at the first moment at which something happened. */
function at(moments: readonly Moment[], test: (event: Recorded["event"]) => boolean, size: Size = wide): string {
  const { recorded, deployment } = moments.find(({ recorded: { event } }) => test(event))!;
  return screen({ deployment, title: "d-12" }, recorded.at + 2000, size, style).join("\n");
}

const activated = (host: string) => (event: Recorded["event"]) =>
  event.kind === "host-done" && event.host === host && event.track === "rollout";

describe("the screen of one host", () => {
  const { journal } = tell({
    story: "one",
    target: { hosts: ["web-1"], limits: { floor: 0, tolerate: 0, progressSeconds: 60, load: 0.75 } },
  });

  it("shows the preparation step by step", () => {
    const count = indexOf(journal, (event) => event.kind === "step-started" && event.step === 3);
    expect(after(journal, count)).toMatchSnapshot();
  });

  it("shows the activation", () => {
    const count = indexOf(journal, (event) => event.kind === "step-started" && event.track === "rollout");
    expect(after(journal, count)).toMatchSnapshot();
  });

  it("shows the end", () => {
    expect(after(journal, journal.length)).toMatchSnapshot();
  });
});

describe("the screen of a few hosts", () => {
  it.each(["second-host-reverts", "unknown-stays", "soak", "paused", "unreachable-in-rollout-tolerated", "hooks"])(
    "tells %s, seen at three moments",
    (name) => {
      const { journal } = readGolden(name);
      const moments = [0.5, 0.75, 1].map((share) => Math.ceil(journal.length * share));
      expect(moments.map((count) => after(journal, count)).join("\n\n")).toMatchSnapshot();
    },
  );

  it("is readable on a narrow terminal", () => {
    const { journal } = readGolden("second-host-reverts");
    expect(after(journal, journal.length - 2, narrow)).toMatchSnapshot();
  });
});

describe("the screen of a hundred hosts", () => {
  it("folds what is done and what waits, and names the slowest", () => {
    expect(at(calm, activated("web-45"))).toMatchSnapshot("wide");
    expect(at(calm, activated("web-45"), narrow)).toMatchSnapshot("narrow");
  });

  it("names the hosts that failed first", () => {
    expect(at(rough, activated("web-18"))).toMatchSnapshot("wide");
    expect(at(rough, activated("web-18"), narrow)).toMatchSnapshot("narrow");
  });

  it("shows the way back", () => {
    expect(at(rough, (event) => event.kind === "host-done" && event.track === "roll-back")).toMatchSnapshot(
      "under way",
    );
    expect(at(rough, (event) => event.kind === "finished")).toMatchSnapshot("at the end");
  });

  it("says how long a soak still lasts", () => {
    const begun = (event: Recorded["event"]): boolean => event.kind === "step-started" && event.hosts.length === 0;
    expect(at(calm, begun)).toContain("soaks, 28 s left");
  });

  it("never takes more lines or cells than there are, at any moment", () => {
    const sizes = [wide, narrow, { columns: 20, rows: 4 }, { columns: 200, rows: 60 }];
    for (const { recorded, deployment } of [...calm, ...rough].filter((_, index) => index % 13 === 0)) {
      for (const size of sizes) {
        const lines = screen({ deployment, title: "d-12" }, recorded.at, size, style);
        expect(lines.length).toBeLessThan(size.rows);
        for (const line of lines) expect(cells(line)).toBeLessThan(size.columns);
      }
    }
  });
});

describe("a screen without UTF-8", () => {
  it("uses ASCII alone", () => {
    const { recorded, deployment } = rough.find(({ recorded: { event } }) => activated("web-18")(event))!;
    const seen = { deployment, title: "d-12" };
    const text = screen(seen, recorded.at, wide, { colour: false, unicode: false }).join("\n");
    expect(text).toMatch(/^[\n -~]*$/);
    expect(text).toMatchSnapshot();
  });
});
