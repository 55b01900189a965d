import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { freezeAt, nextFreezeAt, windowProblem, type FreezeException, type FreezeWindow } from "./freeze.ts";
import { isZone, occurrencesAround, wallTime, type Weekly, weekdays } from "./freeze-week.ts";

const place = { service: "orders", environment: "production" };
const at = (text: string): number => Date.parse(text);
const weekend: Weekly = {
  kind: "weekly",
  zone: "Asia/Seoul",
  from: { day: "friday", minute: 18 * 60 },
  until: { day: "monday", minute: 9 * 60 },
};
const aWindow = (differences: Partial<FreezeWindow> = {}): FreezeWindow => ({
  name: "weekend",
  reason: "nobody is in the office",
  when: weekend,
  ...differences,
});
const once = (from: string, until: string): FreezeWindow["when"] => ({
  kind: "once",
  zone: "UTC",
  from: at(from),
  until: at(until),
});
const calendar = (...windows: readonly FreezeWindow[]) => ({ windows, exceptions: [] });
const text = (moment: number | undefined): string | undefined =>
  moment === undefined ? undefined : new Date(moment).toISOString().slice(0, 16);

describe("a freeze", () => {
  it("is from its first moment until just before its last", () => {
    const weekends = calendar(aWindow());
    // 18:00 in Seoul is 09:00 UTC; 2027-01-08 is a Friday.
    expect(freezeAt(weekends, place, at("2027-01-08T08:59:59.999Z"))).toBeUndefined();
    expect(freezeAt(weekends, place, at("2027-01-08T09:00Z"))?.windows).toEqual([aWindow()]);
    expect(freezeAt(weekends, place, at("2027-01-10T23:59:59.999Z"))).toBeDefined();
    expect(freezeAt(weekends, place, at("2027-01-11T00:00Z"))).toBeUndefined();
  });

  it("says in words what is frozen, until when and why", () => {
    expect(freezeAt(calendar(aWindow()), place, at("2027-01-09T00:00Z"))?.sentence).toBe(
      "orders in production is frozen until 2027-01-11 09:00 (Asia/Seoul): weekend (nobody is in the office)",
    );
  });

  it("is for the services and environments that it names, or for all", () => {
    const saturday = at("2027-01-09T00:00Z");
    const isFrozen = (scope: Partial<FreezeWindow>): boolean =>
      freezeAt(calendar(aWindow(scope)), place, saturday) !== undefined;
    expect(isFrozen({ services: ["orders", "billing"] })).toBe(true);
    expect(isFrozen({ services: ["billing"] })).toBe(false);
    expect(isFrozen({ environments: ["production"], services: ["orders"] })).toBe(true);
    expect(isFrozen({ environments: ["dev"] })).toBe(false);
    expect(isFrozen({ services: [] })).toBe(false);
  });

  it("lasts until the last of the windows that follow on each other", () => {
    const newYear = aWindow({
      name: "new year",
      reason: "sales",
      when: once("2027-01-11T00:00Z", "2027-01-12T06:00Z"),
    });
    const both = freezeAt(calendar(aWindow(), newYear), place, at("2027-01-09T00:00Z"));
    expect(text(both?.until)).toBe("2027-01-12T06:00");
  });

  it("without an end says so", () => {
    const always = aWindow({ when: { ...weekend, until: weekend.from } });
    expect(freezeAt(calendar(always), place, 0)).toMatchObject({
      sentence: expect.stringContaining("is frozen without an end in sight"),
    });
    expect(freezeAt(calendar(always), place, 0)).not.toHaveProperty("until");
  });

  it("is announced before it begins", () => {
    expect(text(nextFreezeAt(calendar(aWindow()), place, at("2027-01-06T00:00Z")))).toBe("2027-01-08T09:00");
    expect(nextFreezeAt(calendar(), place, 0)).toBeUndefined();
  });
});

describe("an exception", () => {
  const exception: FreezeException = {
    window: "weekend",
    from: at("2027-01-09T10:00Z"),
    until: at("2027-01-09T12:00Z"),
    requestedBy: "dev",
    approvedBy: "kim",
    reason: "the shop is down",
  };
  const during = at("2027-01-09T11:00Z");
  const lifted = (differences: Partial<FreezeException>, ...more: readonly FreezeWindow[]): boolean =>
    freezeAt({ windows: [aWindow(), ...more], exceptions: [{ ...exception, ...differences }] }, place, during) ===
    undefined;

  it("lifts the window that it names, for its time and scope", () => {
    expect(lifted({})).toBe(true);
    expect(lifted({ window: "new year" })).toBe(false);
    expect(lifted({ services: ["billing"] })).toBe(false);
    expect(lifted({ until: during })).toBe(false);
    expect(lifted({}, aWindow({ name: "audit" }))).toBe(false);
  });

  it("that nobody else approved lifts nothing", () => {
    expect(lifted({ approvedBy: "dev" })).toBe(false);
  });

  it("is the next end of the freeze before it, and its end the next freeze", () => {
    const exceptions = [exception];
    const before = freezeAt({ windows: [aWindow()], exceptions }, place, at("2027-01-09T00:00Z"));
    expect(text(before?.until)).toBe("2027-01-09T10:00");
    expect(text(nextFreezeAt({ windows: [aWindow()], exceptions }, place, during))).toBe("2027-01-09T12:00");
  });
});

describe("a time of the week", () => {
  const nightly = (zone: string, from: number, until: number): Weekly => ({
    kind: "weekly",
    zone,
    from: { day: "sunday", minute: from },
    until: { day: "sunday", minute: until },
  });
  const around = (weekly: Weekly, day: string): readonly string[] =>
    occurrencesAround(weekly, at(`${day}T12:00Z`))
      .filter(({ from }) => Math.abs(from - at(`${day}T12:00Z`)) < 86_400_000)
      .flatMap(({ from, until }) => [text(from)!, text(until)!]);

  it("follows the clock on the wall through the changes of the year", () => {
    const day = nightly("America/New_York", 9 * 60, 10 * 60);
    expect(around(day, "2027-03-07")).toEqual(["2027-03-07T14:00", "2027-03-07T15:00"]);
    expect(around(day, "2027-03-14")).toEqual(["2027-03-14T13:00", "2027-03-14T14:00"]);
  });

  it("that does not exist or comes twice makes the freeze longer, never shorter", () => {
    const gap = nightly("America/New_York", 2 * 60 + 30, 2 * 60 + 45);
    expect(around(gap, "2027-03-14")).toEqual(["2027-03-14T06:30", "2027-03-14T07:45"]);
    const twice = nightly("America/New_York", 60 + 15, 60 + 30);
    expect(around(twice, "2027-11-07")).toEqual(["2027-11-07T05:15", "2027-11-07T06:30"]);
  });

  it("is the one that Date finds, in zones of all kinds", () => {
    const time = fc.record({ day: fc.constantFrom(...weekdays), minute: fc.integer({ min: 0, max: 1439 }) });
    const zones = fc.constantFrom(
      "Asia/Seoul",
      "America/New_York",
      "Asia/Kolkata",
      "Pacific/Apia",
      "Australia/Lord_Howe",
    );
    const moment = fc.integer({ min: at("2020-01-01T00:00Z"), max: at("2030-01-01T00:00Z") });
    fc.assert(
      fc.property(zones, time, time, moment, (zone, from, until, now) => {
        const found = occurrencesAround({ kind: "weekly", zone, from, until }, now);
        expect(found.length).toBeGreaterThanOrEqual(2);
        expect(found[0]!.from).toBeLessThanOrEqual(now);
        for (const occurrence of found) {
          const hours = (occurrence.until - occurrence.from) / 3_600_000;
          expect(hours).toBeGreaterThan(-0.001);
          expect(hours).toBeLessThanOrEqual(7 * 24 + 1);
          const day = new Date(occurrence.from).toLocaleDateString("en-US", { timeZone: zone, weekday: "long" });
          expect(day.toLowerCase()).toBe(from.day);
        }
      }),
    );
  });

  it("is written as the clock on the wall shows it", () => {
    expect(wallTime("Asia/Seoul", at("2026-12-31T15:05Z"))).toBe("2027-01-01 00:05");
    expect(wallTime("UTC", at("2026-12-31T15:05Z"))).toBe("2026-12-31 15:05");
  });
});

describe("a window that can't be", () => {
  it.each([
    [
      "Mars/Olympus",
      '"Mars/Olympus" is no time zone; write for example Asia/Seoul or UTC',
      { ...weekend, zone: "Mars/Olympus" },
    ],
    ["an end before its beginning", "it ends before it begins", once("2027-01-02T00:00Z", "2027-01-01T00:00Z")],
    [
      "25 o'clock",
      "a time of the day is from 00:00 to 23:59",
      { ...weekend, from: { day: "friday" as const, minute: 1500 } },
    ],
    ["nothing wrong", undefined, weekend],
  ])("%s", (_what, problem, when) => {
    expect(windowProblem(aWindow({ when }))).toBe(problem);
  });

  it("is known by its zone alone", () => {
    expect([isZone("Europe/Berlin"), isZone("")]).toEqual([true, false]);
  });
});
