/** Durations as people write them: `30s`, `5m`, `1h30m`. */

export const durationPattern = /^(?=\d)(?:\d{1,4}d)?(?:\d{1,5}h)?(?:\d{1,6}m)?(?:\d{1,7}s)?$/;

/** Times that may be shorter than a second: `20ms`, `2s`. */
export const shortDurationPattern = /^(?:\d{1,7}ms|\d{1,4}s)$/;

const unitSeconds = { d: 86_400, h: 3_600, m: 60, s: 1 } as const;

/** The seconds of a duration that matches the pattern; NaN for any other text. */
export function secondsOf(text: string): number {
  if (!durationPattern.test(text)) return Number.NaN;
  let seconds = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+)([dhms])/g)) {
    seconds += Number(amount) * unitSeconds[unit as keyof typeof unitSeconds];
  }
  return seconds;
}

/** The milliseconds of a short duration; NaN for any other text. */
export function millisecondsOf(text: string): number {
  if (!shortDurationPattern.test(text)) return Number.NaN;
  return text.endsWith("ms") ? Number(text.slice(0, -2)) : Number(text.slice(0, -1)) * 1_000;
}

/** The shortest way to write a number of seconds. */
export function durationText(seconds: number): string {
  let rest = seconds;
  let text = "";
  for (const [unit, size] of Object.entries(unitSeconds)) {
    const amount = Math.floor(rest / size);
    rest -= amount * size;
    if (amount > 0) text += `${amount}${unit}`;
  }
  return text === "" ? "0s" : text;
}
