/** Version ranges such as `>=21 <22`, and the version that a program prints about itself. */

type Version = readonly number[];

/** The first thing in the text that looks like a version; `1.8.0_292` counts as Java's 8. */
export function versionIn(text: string): string | undefined {
  const found = /(?:^|[^0-9.])v?(\d+(?:\.\d+)*)/.exec(text)?.[1];
  return found?.startsWith("1.8.") ? found.slice(2) : found;
}

/** One comparison per word; all must hold. A bare `21` means `21` and everything below it, such as `21.0.4`. */
export function inRange(version: string, range: string): boolean {
  return range
    .split(/\s+/)
    .filter(Boolean)
    .every((word) => holds(parse(version), word));
}

function holds(version: Version, word: string): boolean {
  const [, operator = "", number = ""] = /^(>=|<=|>|<|=|\^|~)?(.+)$/.exec(word) ?? [];
  const wanted = parse(number);
  const difference = compare(version, wanted);
  switch (operator) {
    case ">=":
      return difference >= 0;
    case "<=":
      return difference <= 0 || beginsWith(version, wanted);
    case ">":
      return difference > 0 && !beginsWith(version, wanted);
    case "<":
      return difference < 0;
    case "^":
      return difference >= 0 && version[0] === wanted[0];
    case "~":
      return difference >= 0 && beginsWith(version, wanted.slice(0, Math.max(1, wanted.length - 1)));
    default:
      return beginsWith(version, wanted);
  }
}

function parse(text: string): Version {
  return text.split(".").map(Number);
}

function compare(a: Version, b: Version): number {
  for (let index = 0; index < Math.max(a.length, b.length); index += 1) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function beginsWith(version: Version, prefix: Version): boolean {
  return prefix.every((part, index) => (version[index] ?? 0) === part);
}
