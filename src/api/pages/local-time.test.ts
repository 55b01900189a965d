import { describe, expect, it } from "vitest";

import { atClock } from "./local-time.ts";

describe("a time on a clock", () => {
  it.each([
    ["2026-11-23T10:00", "UTC", "2026-11-23T10:00:00.000Z"],
    ["2026-11-23T10:00", "Asia/Seoul", "2026-11-23T01:00:00.000Z"],
    ["2026-07-01T08:30:15", "Europe/Berlin", "2026-07-01T06:30:15.000Z"],
    ["2026-03-29T01:59", "Europe/Berlin", "2026-03-29T00:59:00.000Z"],
    ["2026-03-29T03:00", "Europe/Berlin", "2026-03-29T01:00:00.000Z"],
    ["2026-10-25T04:00", "Europe/Berlin", "2026-10-25T03:00:00.000Z"],
    ["2026-11-23T00:15", "America/St_Johns", "2026-11-23T03:45:00.000Z"],
  ])("%s in %s is %s", (text, zone, instant) => {
    expect(new Date(atClock(text, zone)).toISOString()).toBe(instant);
  });
});
