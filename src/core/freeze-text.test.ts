import { describe, expect, it } from "vitest";

import { freezeTime, scopeInWords, whenBetween, whenInWords } from "./freeze-text.ts";
import type { FreezeWindow } from "./freeze.ts";
import { wallTime } from "./freeze-week.ts";

const between = (from: string, until: string, zone = "Asia/Seoul") =>
  whenBetween(freezeTime(from)!, freezeTime(until)!, zone);

describe("the times of a freeze", () => {
  it("come back every week when they are named by their day", () => {
    const when = between("fri 18:00", "Monday 8:00");
    expect(when).toEqual({
      kind: "weekly",
      zone: "Asia/Seoul",
      from: { day: "friday", minute: 18 * 60 },
      until: { day: "monday", minute: 8 * 60 },
    });
    expect(whenInWords({ when } as FreezeWindow)).toBe("every week from fri 18:00 to mon 08:00 (Asia/Seoul)");
  });

  it("are once when they are dates, by the clock on the wall there", () => {
    const when = between("2026-12-24", "2026-12-27 09:30");
    if (typeof when === "string" || when.kind !== "once") throw new Error("it is not once");
    expect([when.from, when.until].map((at) => wallTime("Asia/Seoul", at))).toEqual([
      "2026-12-24 00:00",
      "2026-12-27 09:30",
    ]);
    expect(whenInWords({ when } as FreezeWindow)).toBe("2026-12-24 00:00 to 2026-12-27 09:30 (Asia/Seoul)");
  });

  it("cover both hours where clocks are set back", () => {
    const when = between("2026-10-25 02:30", "2026-10-25 02:30", "Europe/Berlin");
    if (typeof when === "string" || when.kind !== "once") throw new Error("it is not once");
    expect(when.until - when.from).toBe(60 * 60 * 1000);
  });

  it("are not mixed", () => {
    expect(between("fri 18:00", "2026-12-27")).toContain("every week");
  });

  it.each(["", "fri", "noday 10:00", "2026-02-30", "2026-13-01", "fri 24:00", "fri 10:60", "10:00", "2026-1-1"])(
    "are not %j",
    (text) => {
      expect(freezeTime(text)).toBeUndefined();
    },
  );
});

describe("what a freeze is about", () => {
  it.each([
    [{}, "everything"],
    [{ environments: ["production"] }, "every service in production"],
    [{ services: ["orders", "web"] }, "orders, web in every environment"],
    [{ services: ["orders"], environments: ["production", "stage"] }, "orders in production, stage"],
  ])("%j is %s", (scope, words) => {
    expect(scopeInWords(scope)).toBe(words);
  });
});
