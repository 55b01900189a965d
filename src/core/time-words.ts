/** Times as people read them. */

/** `42 s`, `3 m 10 s`, `2 h 5 m`: whole seconds, for clocks that tick and for what a plan waits for. */
export function inSeconds(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return joined(Math.floor(seconds / 60), "m", seconds % 60, "s");
  if (seconds < 86_400) return joined(Math.floor(seconds / 3600), "h", Math.floor((seconds % 3600) / 60), "m");
  return joined(Math.floor(seconds / 86_400), "d", Math.floor((seconds % 86_400) / 3600), "h");
}

function joined(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}
