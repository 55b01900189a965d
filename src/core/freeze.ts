/** Times in which nothing is deployed, and what is deployed all the same. Times are milliseconds since 1970. */
import { isWithin, type Interval } from "./fairness-presence.ts";
import { isZone, occurrencesAround, wallTime, type Weekly } from "./freeze-week.ts";

/** Where something is deployed. */
export interface Place {
  readonly service: string;
  readonly environment: string;
}

/** Missing: all of them. */
export interface Scope {
  readonly services?: readonly string[];
  readonly environments?: readonly string[];
}

export interface FreezeWindow extends Scope {
  readonly name: string;
  readonly reason: string;
  readonly when: Weekly | ({ readonly kind: "once"; readonly zone: string } & Interval);
}

/** Lifts a window for a while. It needs two people: alone nobody makes an exception for themselves. */
export interface FreezeException extends Scope, Interval {
  /** The name of the window; another one that holds at the same time holds on. */
  readonly window: string;
  readonly requestedBy: string;
  readonly approvedBy: string;
  readonly reason: string;
}

export interface FreezeCalendar {
  readonly windows: readonly FreezeWindow[];
  readonly exceptions: readonly FreezeException[];
}

export interface Freeze {
  readonly windows: readonly FreezeWindow[];
  /** When the place is free again, windows that follow on each other included; missing: there is no end in sight. */
  readonly until?: number;
  /** For people: what is frozen, until when, and why. */
  readonly sentence: string;
}

/** How often windows may follow on each other before that counts as without an end. */
const mostChanges = 100;

/** Whether the place is frozen at a moment; nothing when it is free. */
export function freezeAt(calendar: FreezeCalendar, place: Place, at: number): Freeze | undefined {
  const windows = windowsAt(calendar, place, at);
  if (windows.length === 0) return undefined;
  const until = freeAgainAt(calendar, place, at);
  const zone = windows[0]!.when.zone;
  const end = until === undefined ? "without an end in sight" : `until ${wallTime(zone, until)} (${zone})`;
  const reasons = windows.map(({ name, reason }) => `${name} (${reason})`).join(", ");
  const sentence = `${place.service} in ${place.environment} is frozen ${end}: ${reasons}`;
  return { windows, ...(until === undefined ? {} : { until }), sentence };
}

/** Whether it is the time of a window, whatever is lifted. */
export function holdsAt(window: FreezeWindow, at: number): boolean {
  return intervalsOf(window, at).some((interval) => isWithin(interval, at));
}

/** When the next freeze of a place begins that is free now; weekly ones are looked for in the next seven days. */
export function nextFreezeAt(calendar: FreezeCalendar, place: Place, at: number): number | undefined {
  const begins = calendar.windows.flatMap((window) => intervalsOf(window, at)).map(({ from }) => from);
  const resumes = calendar.exceptions.map(({ until }) => until);
  return [...begins, ...resumes]
    .filter((moment) => moment > at)
    .toSorted((a, b) => a - b)
    .find((moment) => windowsAt(calendar, place, moment).length > 0);
}

/** What is wrong with a window, for people; nothing when it can be used. */
export function windowProblem({ when }: FreezeWindow): string | undefined {
  if (!isZone(when.zone)) return `"${when.zone}" is no time zone; write for example Asia/Seoul or UTC`;
  if (when.kind === "once") return when.from < when.until ? undefined : "it ends before it begins";
  const isTime = ({ minute }: { readonly minute: number }): boolean =>
    Number.isInteger(minute) && minute >= 0 && minute < 24 * 60;
  return isTime(when.from) && isTime(when.until) ? undefined : "a time of the day is from 00:00 to 23:59";
}

function windowsAt({ windows, exceptions }: FreezeCalendar, place: Place, at: number): readonly FreezeWindow[] {
  return windows.filter(
    (window) =>
      covers(window, place) &&
      holdsAt(window, at) &&
      !exceptions.some((exception) => lifts(exception, window, place) && isWithin(exception, at)),
  );
}

/** From change to change: a window ends, or an exception begins. */
function freeAgainAt(calendar: FreezeCalendar, place: Place, at: number): number | undefined {
  let moment = at;
  for (let change = 0; change < mostChanges; change += 1) {
    const holding = windowsAt(calendar, place, moment);
    if (holding.length === 0) return moment;
    moment = Math.min(...holding.map((window) => changeOf(calendar, window, place, moment)));
  }
  return undefined;
}

function changeOf({ exceptions }: FreezeCalendar, window: FreezeWindow, place: Place, at: number): number {
  const ends = intervalsOf(window, at).flatMap((interval) => (isWithin(interval, at) ? [interval.until] : []));
  const lifted = exceptions.filter((exception) => lifts(exception, window, place) && exception.from > at);
  return Math.min(...ends, ...lifted.map(({ from }) => from));
}

function intervalsOf({ when }: FreezeWindow, at: number): readonly Interval[] {
  return when.kind === "once" ? [when] : occurrencesAround(when, at);
}

function lifts(exception: FreezeException, { name }: FreezeWindow, place: Place): boolean {
  const { window, requestedBy, approvedBy } = exception;
  return window === name && requestedBy !== approvedBy && covers(exception, place);
}

function covers({ services, environments }: Scope, { service, environment }: Place): boolean {
  return (services?.includes(service) ?? true) && (environments?.includes(environment) ?? true);
}
