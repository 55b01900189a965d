/** Times of freezes as people write and read them. */
import type { FreezeWindow, Scope } from "./freeze.ts";
import type { WeekTime } from "./freeze-week.ts";
import { momentsAt, wallTime, weekdays } from "./freeze-week.ts";

/** `fri 18:00`, or `2026-11-27 18:00`; the time may be left out of a date. */
export type FreezeTime =
  | ({ readonly kind: "weekly" } & WeekTime)
  | { readonly kind: "once"; readonly date: string; readonly minute: number };

export function freezeTime(text: string): FreezeTime | undefined {
  const found = /^(?:([a-z]{3,9})|(\d{4}-\d{2}-\d{2}))(?:[ T](\d{1,2}):(\d{2}))?$/.exec(text.trim().toLowerCase());
  if (found === null) return undefined;
  const [, dayName, date, hour, minutes] = found;
  const minute = Number(hour ?? 0) * 60 + Number(minutes ?? 0);
  if (Number(hour ?? 0) > 23 || Number(minutes ?? 0) > 59) return undefined;
  if (date !== undefined) return isDate(date) ? { kind: "once", date, minute } : undefined;
  const day = weekdays.find((name) => name.startsWith(dayName!));
  return day === undefined || hour === undefined ? undefined : { kind: "weekly", day, minute };
}

function isDate(date: string): boolean {
  const at = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(date);
}

/** The window from one time to another; a sentence when they do not fit together. */
export function whenBetween(from: FreezeTime, until: FreezeTime, zone: string): FreezeWindow["when"] | string {
  if (from.kind === "weekly" && until.kind === "weekly") {
    const weekTime = ({ day, minute }: WeekTime): WeekTime => ({ day, minute });
    return { kind: "weekly", zone, from: weekTime(from), until: weekTime(until) };
  }
  if (from.kind === "once" && until.kind === "once") {
    // Where clocks are set back, a time comes twice: the window covers both.
    const begin = Math.min(...momentsAt(zone, from.date, from.minute));
    const end = Math.max(...momentsAt(zone, until.date, until.minute));
    return { kind: "once", zone, from: begin, until: end };
  }
  return "one of the times comes back every week and the other one is a date";
}

/** `every week from fri 18:00 to mon 08:00 (Asia/Seoul)`. */
export function whenInWords({ when }: FreezeWindow): string {
  const { zone } = when;
  if (when.kind === "once") return `${wallTime(zone, when.from)} to ${wallTime(zone, when.until)} (${zone})`;
  return `every week from ${weekTimeInWords(when.from)} to ${weekTimeInWords(when.until)} (${zone})`;
}

function weekTimeInWords({ day, minute }: WeekTime): string {
  const two = (number: number): string => String(number).padStart(2, "0");
  return `${day.slice(0, 3)} ${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}

/** `orders in production`, `every service in production, stage`, `everything`. */
export function scopeInWords({ services, environments }: Scope): string {
  if (services === undefined && environments === undefined) return "everything";
  const what = services?.join(", ") ?? "every service";
  return `${what} in ${environments?.join(", ") ?? "every environment"}`;
}
