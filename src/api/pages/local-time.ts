/** Times as people type them, on the clocks of their zone. */

/**
 * `2026-11-23T10:00` in a zone, as milliseconds since 1970. An hour that a clock skips is the one after it. `NaN` for
 * what no calendar has.
 */
export function atClock(text: string, timeZone: string): number {
  const wished = Date.parse(`${text}Z`);
  if (Number.isNaN(wished)) return wished;
  const guess = wished - offset(wished, timeZone);
  return wished - offset(guess, timeZone);
}

/** How far the clocks of a zone are before those of UTC. */
function offset(at: number, timeZone: string): number {
  const clock = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "medium" }).format(at);
  return Date.parse(`${clock.replace(" ", "T")}Z`) - Math.floor(at / 1000) * 1000;
}
