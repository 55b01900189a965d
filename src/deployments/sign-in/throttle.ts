/**
 * Holds back who guesses: after some tries that failed, the next one has to wait, and each further one twice as long.
 *
 * Kept in memory: a restart forgives everybody, which helps nobody who would have to cause one each minute.
 */
const second = 1000;
const forgottenAfter = 60 * 60 * second;
const mostEntries = 10_000;

interface Entry {
  readonly failed: number;
  readonly lastAt: number;
  readonly until: number;
}

interface Patience {
  /** How many tries may fail before the first wait. */
  readonly free: number;
  readonly longest: number;
}

/** Behind one address there may be a whole office. */
const forAddress: Patience = { free: 20, longest: 15 * 60 * second };
/**
 * Not longer than a minute: otherwise anybody could lock anybody out. Whoever tries again at the end of each minute
 * still takes every turn; so where somebody has signed in before, their login is counted apart from all other places.
 */
const forLogin: Patience = { free: 5, longest: 60 * second };

export class Throttle {
  readonly #addresses = new Map<string, Entry>();
  readonly #logins = new Map<string, Entry>();
  /** Logins at places where they were right once. */
  readonly #known = new Map<string, Entry>();

  /**
   * Counts a try as failed until it is known to be good, so that many at once are not free.
   *
   * @returns the milliseconds to wait when it may not be made now; it is not counted then
   */
  begin(address: string, login: string, now: number): number {
    const place = network(address);
    const { entries, key } = this.#countedAt(place, login);
    const wait = Math.max(waitOf(this.#addresses.get(place), now), waitOf(entries.get(key), now));
    if (wait > 0) return wait;
    count(this.#addresses, place, forAddress, now);
    count(entries, key, forLogin, now);
    return 0;
  }

  /** The address keeps its other failures, and its wait: one good account must not pay for guesses at others. */
  succeeded(address: string, login: string): void {
    const place = network(address);
    const { entries, key } = this.#countedAt(place, login);
    entries.delete(key);
    put(this.#known, knownKey(place, login), { failed: 0, lastAt: 0, until: 0 });
    const entry = this.#addresses.get(place);
    if (entry !== undefined) this.#addresses.set(place, { ...entry, failed: entry.failed - 1 });
  }

  #countedAt(place: string, login: string): { readonly entries: Map<string, Entry>; readonly key: string } {
    const key = knownKey(place, login);
    return this.#known.has(key) ? { entries: this.#known, key } : { entries: this.#logins, key: login };
  }
}

function knownKey(place: string, login: string): string {
  return JSON.stringify([place, login]);
}

function waitOf(entry: Entry | undefined, now: number): number {
  return entry === undefined ? 0 : Math.max(0, entry.until - now);
}

function count(entries: Map<string, Entry>, key: string, { free, longest }: Patience, now: number): void {
  const before = entries.get(key);
  const failed = before === undefined || now - before.lastAt > forgottenAfter ? 1 : before.failed + 1;
  const wait = failed < free ? 0 : Math.min(longest, second * 2 ** Math.min(failed - free, 20));
  put(entries, key, { failed, lastAt: now, until: now + wait });
}

/** Forgets what was put in the longest time ago. */
function put(entries: Map<string, Entry>, key: string, entry: Entry): void {
  entries.delete(key);
  entries.set(key, entry);
  const [oldest] = entries.keys();
  if (entries.size > mostEntries && oldest !== undefined) entries.delete(oldest);
}

/** Who has an IPv6 address has 2^64 of them. */
function network(address: string): string {
  if (!address.includes(":") || address.startsWith("::ffff:")) return address;
  const [head = "", tail = ""] = address.split("::");
  const groups = head.split(":").filter((group) => group !== "");
  const missing = 8 - groups.length - tail.split(":").filter((group) => group !== "").length;
  const all = [...groups, ...Array.from({ length: Math.max(0, missing) }, () => "0"), ...tail.split(":")];
  return all.slice(0, 4).join(":");
}
