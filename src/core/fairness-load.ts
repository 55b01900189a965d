/**
 * How loaded an approver is: what is open with them and what they were asked lately, for the time that they were there.
 *
 * A holiday is neither paid back nor rewarded: who comes back is asked as often as the others are, from then on.
 */
import type { Ask } from "./approval.ts";
import { isAway, presentMilliseconds, type Interval } from "./fairness-presence.ts";

/** Somebody who can be asked, as far as the order of turns depends on it. */
export interface Member {
  readonly login: string;
  readonly groups: readonly string[];
  readonly away: readonly Interval[];
  /** Who is asked in their turns while they are away, if they can be asked themselves. */
  readonly standIn?: string;
  /** Since when they are an approver; missing: for longer than anybody looks back. */
  readonly since?: number;
  /** Beyond this they are asked only when nobody else is there. */
  readonly most?: { readonly open?: number; readonly inADay?: number };
}

export interface Load {
  readonly open: number;
  /** In the time that is looked back at. */
  readonly recent: number;
  readonly inADay: number;
  readonly lastAskedAt: number;
  /** The order of turns: the lower, the sooner. */
  readonly weight: number;
}

export const lookBackMilliseconds = 14 * 86_400_000;
/** An open request weighs as much more than an answered one. */
const openWeight = 1;
const dayMilliseconds = 86_400_000;

/** @param asks of all requests: the open ones, and those of the time that is looked back at */
export function loadOf(member: Member, asks: readonly Ask[], now: number): Load {
  const from = now - lookBackMilliseconds;
  const past = asks.filter(({ at, closed }) => at <= now && closed?.how !== "handed-over");
  const own = past.filter(({ login }) => login === member.login);
  // While somebody stands in for them their turns go on as if they were there; what is done in them counts as done.
  const isStoodInFor = member.standIn !== undefined && isAway(member.away, now);
  const turns = isStoodInFor ? past.filter((ask) => ask.login === member.login || ask.for === member.login) : own;
  const present = presentMilliseconds(isStoodInFor ? [] : member.away, {
    from: Math.min(now, Math.max(from, member.since ?? from)),
    until: now,
  });
  // Who came this moment was there for no time at all; one minute keeps the first turn theirs and the second not.
  const presence = Math.max(present, 60_000) / lookBackMilliseconds;
  return {
    open: own.filter(isOpen).length,
    recent: own.filter(({ at }) => at > from).length,
    inADay: own.filter(({ at }) => at > now - dayMilliseconds).length,
    lastAskedAt: turns.reduce((last, { at }) => Math.max(last, at), Number.NEGATIVE_INFINITY),
    weight: (turns.filter(({ at }) => at > from).length + turns.filter(isOpen).length * openWeight) / presence,
  };
}

function isOpen({ closed }: Ask): boolean {
  return closed === undefined;
}

export function isAtTheirMost({ most }: Member, { open, inADay }: Load): boolean {
  return open >= (most?.open ?? Number.POSITIVE_INFINITY) || inADay >= (most?.inADay ?? Number.POSITIVE_INFINITY);
}
