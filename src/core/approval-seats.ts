/**
 * Who takes which seat of a rule. Whoever was seated once stays seated while others come, perhaps on another seat, so
 * the order of the people says who is preferred: with the least loaded first, the least loaded are chosen.
 */
import { seatInWords, waysToMeet, type Rule, type Seat } from "./approval-rule.ts";

/** Somebody whose approval counts, and for which groups. */
export interface Voter {
  readonly login: string;
  readonly groups: readonly string[];
}

export function fits({ login, groups }: Voter, seat: Seat): boolean {
  return seat.kind === "group" ? groups.includes(seat.group) : seat.people.includes(login);
}

/** One voter per seat, as many as possible; earlier ones come first. An empty seat is undefined. */
export function seated<V extends Voter>(seats: readonly Seat[], voters: readonly V[]): readonly (V | undefined)[] {
  const places: (V | undefined)[] = seats.map(() => undefined);
  const present = new Set<string>();
  for (const voter of voters) {
    if (!present.has(voter.login) && takesSeat(seats, places, voter, new Set())) present.add(voter.login);
  }
  return places;
}

/** Takes a free seat, or one whose owner can move to another; the seats that were tried are not tried again. */
function takesSeat<V extends Voter>(
  seats: readonly Seat[],
  places: (V | undefined)[],
  voter: V,
  tried: Set<number>,
): boolean {
  for (const [index, seat] of seats.entries()) {
    if (tried.has(index) || !fits(voter, seat)) continue;
    tried.add(index);
    const owner = places[index];
    if (owner !== undefined && !takesSeat(seats, places, owner, tried)) continue;
    places[index] = voter;
    return true;
  }
  return false;
}

export function isMet(rule: Rule, voters: readonly Voter[]): boolean {
  return emptySeats(rule, voters).length === 0;
}

/** What is missing on the way that is nearest to its end. */
export function emptySeats(rule: Rule, voters: readonly Voter[]): readonly Seat[] {
  const missing = waysToMeet(rule).map((seats) => {
    const places = seated(seats, voters);
    return seats.filter((_, index) => places[index] === undefined);
  });
  return missing.toSorted((a, b) => a.length - b.length)[0]!;
}

/** Whether there is a seat for this person, taken or not. */
export function hasSeat(rule: Rule, voter: Voter): boolean {
  return waysToMeet(rule).some((seats) => seats.some((seat) => fits(voter, seat)));
}

/** `one of leads and one of dba`. */
export function seatsInWords(seats: readonly Seat[]): string {
  return seats.map(seatInWords).join(" and ");
}
