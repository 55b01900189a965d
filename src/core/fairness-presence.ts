/** When people are there. Times are milliseconds since 1970. */

/** From its first moment until just before its last one. */
export interface Interval {
  readonly from: number;
  readonly until: number;
}

export function isWithin({ from, until }: Interval, at: number): boolean {
  return from <= at && at < until;
}

export function isAway(away: readonly Interval[], at: number): boolean {
  return away.some((absence) => isWithin(absence, at));
}

/** When somebody who is away at this moment is there again, absences that follow on each other included. */
export function backAt(away: readonly Interval[], at: number): number {
  const current = away.filter((absence) => isWithin(absence, at));
  return current.length === 0 ? at : backAt(away, Math.max(...current.map(({ until }) => until)));
}

/** How many milliseconds of a stretch of time somebody was there; absences may overlap. */
export function presentMilliseconds(away: readonly Interval[], { from, until }: Interval): number {
  let present = 0;
  let seen = from;
  for (const absence of away.toSorted((a, b) => a.from - b.from)) {
    present += Math.max(0, Math.min(absence.from, until) - seen);
    seen = Math.max(seen, Math.min(absence.until, until));
  }
  return present + Math.max(0, until - seen);
}
