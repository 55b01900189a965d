/** Times that come back every week in a place, through all changes of its clocks. */
import type { Interval } from "./fairness-presence.ts";

export const weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;

export interface WeekTime {
  readonly day: (typeof weekdays)[number];
  /** Since midnight by the clock on the wall: 9:30 is 570. */
  readonly minute: number;
}

export interface Weekly {
  readonly kind: "weekly";
  /** Such as `Asia/Seoul`. */
  readonly zone: string;
  readonly from: WeekTime;
  /** The next time that it is so late after `from`; the same time is a whole week later. */
  readonly until: WeekTime;
}

const minute = 60_000;
const day = 24 * 60 * minute;

/** The occurrences from the week before a moment to the week after it, in order. */
export function occurrencesAround({ zone, from, until }: Weekly, at: number): readonly Interval[] {
  const today = Math.floor((at + offsetAt(zone, at)) / day);
  const first = weekdays.indexOf(from.day);
  const later = (weekdays.indexOf(until.day) - first + 7) % 7;
  const length = later === 0 && until.minute <= from.minute ? 7 : later;
  return Array.from({ length: 17 }, (_, index) => today - 8 + index)
    .filter((date) => weekdayOf(date) === first)
    .map((date) => ({
      from: Math.min(...momentsOf(zone, date, from.minute)),
      until: Math.max(...momentsOf(zone, date + length, until.minute)),
    }));
}

/** Whether times in this zone can be computed. */
export function isZone(zone: string): boolean {
  try {
    return clockIn(zone) !== undefined;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** `2027-01-04 09:00` by the clock on the wall there. */
export function wallTime(zone: string, at: number): string {
  const { year, month, day, hour, minute } = wallClock(zone, at);
  return `${year}-${two(month)}-${two(day)} ${two(hour)}:${two(minute)}`;
}

/** The moments at which the clocks there show this date (`2027-01-04`) and time. */
export function momentsAt(zone: string, date: string, minuteOfDay: number): readonly number[] {
  return momentsOf(zone, Math.floor(Date.parse(`${date}T00:00:00Z`) / day), minuteOfDay);
}

/** Days count from 1970-01-01, which was a Thursday. */
function weekdayOf(date: number): number {
  return (((date + 3) % 7) + 7) % 7;
}

/**
 * The moments at which the clocks there show this time: two when they are set back. When they are set forward over it,
 * the ones it would have been by the old and by the new clock.
 */
function momentsOf(zone: string, date: number, minuteOfDay: number): readonly number[] {
  const wall = date * day + minuteOfDay * minute;
  const moments = [wall - day, wall + day].map((near) => wall - offsetAt(zone, near));
  const exact = moments.filter((moment) => moment + offsetAt(zone, moment) === wall);
  return exact.length > 0 ? exact : moments;
}

/** How far the clocks there are ahead of UTC, in milliseconds. */
function offsetAt(zone: string, at: number): number {
  const { year, month, day, hour, minute, second } = wallClock(zone, at);
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1000) * 1000;
}

type Unit = "year" | "month" | "day" | "hour" | "minute" | "second";

function wallClock(zone: string, at: number): Readonly<Record<Unit, number>> {
  const shown: Record<Unit, number> = { year: 0, month: 0, day: 0, hour: 0, minute: 0, second: 0 };
  for (const { type, value } of clockIn(zone).formatToParts(at)) {
    if (type in shown) shown[type as Unit] = Number(value);
  }
  return shown;
}

/** Making one takes a hundred times as long as using it. */
const clocks = new Map<string, Intl.DateTimeFormat>();

function clockIn(zone: string): Intl.DateTimeFormat {
  const known = clocks.get(zone);
  if (known !== undefined) return known;
  const digits = "2-digit";
  const clock = new Intl.DateTimeFormat("en-US-u-ca-iso8601-nu-latn", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: digits,
    day: digits,
    hour: digits,
    minute: digits,
    second: digits,
  });
  clocks.set(zone, clock);
  return clock;
}

function two(number: number): string {
  return String(number).padStart(2, "0");
}
