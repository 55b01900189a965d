/**
 * Who is asked: the rule's seats are filled with those who have the least to do, absent people never.
 *
 * The same people, history and counter always give the same answer.
 */
import type { Ask, Asked, Unfilled } from "./approval.ts";
import { waysToMeet, type Rule, type Seat } from "./approval-rule.ts";
import { seated, seatsInWords, type Voter } from "./approval-seats.ts";
import { isAtTheirMost, loadOf, lookBackMilliseconds, type Load, type Member } from "./fairness-load.ts";
import { backAt, isAway } from "./fairness-presence.ts";

export interface Question {
  readonly rule: Rule;
  /** Who has approved, or is asked and will be there: their seats are taken. */
  readonly taken: readonly Voter[];
  /** Who can be asked. */
  readonly members: readonly Member[];
  /** Of all requests: the open ones, and those of the time that is looked back at. */
  readonly asks: readonly Ask[];
  readonly now: number;
  /** Counts the requests up; it decides between people who are alike, so that no name always comes first. */
  readonly turn: number;
}

export interface Choice {
  readonly people: readonly Asked[];
  readonly unfilled?: Unfilled;
}

/** Of the ways to meet the rule, the one that leaves the fewest seats empty and costs its people the least. */
export function chooseWhom(question: Question): Choice {
  const turns = turnsInOrder(question);
  const ways = waysToMeet(question.rule).map((seats) => fill(seats, question.taken, turns));
  const best = ways.toSorted((a, b) => a.empty.length - b.empty.length || compareCosts(a, b))[0]!;
  const among = new Set(turns.map(({ login }) => login)).size;
  const people = best.turns.map((turn) => asked(turn, among));
  return best.empty.length === 0 ? { people } : { people, unfilled: unfilled(best.empty, question) };
}

/** One possible ask: somebody in their own turn, or standing in for somebody who is away. */
interface Turn extends Voter {
  readonly for?: string;
  readonly load: Load;
  readonly weight: number;
  readonly isBeyondTheirMost: boolean;
}

/** Everybody who is there, with the least loaded first and those beyond their most last. */
function turnsInOrder(question: Question): readonly Turn[] {
  const { members, asks, now } = question;
  const byLogin = new Map(members.map((member) => [member.login, { member, load: loadOf(member, asks, now) }]));
  const usual = usualWeight(question, [...byLogin.values()]);
  const place = placesInTurn(question);

  const turnOf = ({ login, away, standIn }: Member): Turn | undefined => {
    const isInPerson = !isAway(away, now);
    const actor = byLogin.get(isInPerson ? login : (standIn ?? ""));
    if (actor === undefined || isAway(actor.member.away, now)) return undefined;
    const { member, load } = actor;
    if (!isInPerson && load.weight > usual * mostForStandIns) return undefined;
    const { weight } = byLogin.get(login)!.load;
    const standsIn = isInPerson ? {} : { for: login };
    const isBeyondTheirMost = isAtTheirMost(member, load);
    return { login: member.login, groups: member.groups, ...standsIn, load, weight, isBeyondTheirMost };
  };
  const owner = ({ login, for: other }: Turn): string => other ?? login;
  const lastAskedAt = (turn: Turn): number => byLogin.get(owner(turn))!.load.lastAskedAt;
  return members
    .flatMap((member) => turnOf(member) ?? [])
    .toSorted(
      (a, b) =>
        Number(a.isBeyondTheirMost) - Number(b.isBeyondTheirMost) ||
        compare(a.weight, b.weight) ||
        compare(lastAskedAt(a), lastAskedAt(b)) ||
        place.get(owner(a))! - place.get(owner(b))!,
    );
}

/** Who stands in for several people takes their turns until they have so much more to do than is usual. */
const mostForStandIns = 1.1;

function usualWeight({ now }: Question, all: readonly { readonly member: Member; readonly load: Load }[]): number {
  const present = all.filter(({ member }) => !isAway(member.away, now));
  return present.reduce((sum, { load }) => sum + load.weight, 0) / Math.max(1, present.length);
}

/** The names in their order, beginning with another one each time. */
function placesInTurn({ members, turn }: Question): ReadonlyMap<string, number> {
  const names = members.map(({ login }) => login).toSorted();
  const first = names.length === 0 ? 0 : turn % names.length;
  return new Map([...names.slice(first), ...names.slice(0, first)].map((login, index) => [login, index]));
}

function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

interface Filled {
  readonly turns: readonly Turn[];
  readonly empty: readonly Seat[];
}

function fill(seats: readonly Seat[], taken: readonly Voter[], turns: readonly Turn[]): Filled {
  const places = seated<Voter | Turn>(seats, [...taken, ...turns]);
  const isTurn = (voter: Voter | Turn | undefined): voter is Turn => voter !== undefined && "load" in voter;
  return { turns: places.filter(isTurn), empty: seats.filter((_, index) => places[index] === undefined) };
}

/** Fewer people, then fewer of them beyond their most, then those with less to do. */
function compareCosts(a: Filled, b: Filled): number {
  const beyond = ({ turns }: Filled): number => turns.filter(({ isBeyondTheirMost }) => isBeyondTheirMost).length;
  const weight = ({ turns }: Filled): number => turns.reduce((sum, turn) => sum + turn.weight, 0);
  return a.turns.length - b.turns.length || beyond(a) - beyond(b) || weight(a) - weight(b);
}

function asked({ login, for: other, load, isBeyondTheirMost }: Turn, among: number): Asked {
  const days = Math.round(lookBackMilliseconds / 86_400_000);
  const because = [
    ...(other === undefined ? [] : [`stands in for ${other}`]),
    `${load.open} open, asked ${load.recent} times in ${days} days, ${among} could be asked`,
    ...(isBeyondTheirMost ? ["that is beyond their most, but so it is with the others who are there"] : []),
  ].join("; ");
  return { login, ...(other === undefined ? {} : { for: other }), because };
}

/** Who is missing, and when the first of those who are away is back. */
function unfilled(empty: readonly Seat[], { members, now }: Question): Unfilled {
  const away = members.filter(({ away }) => isAway(away, now));
  const names = away.map(({ login }) => login).join(", ");
  const reason = `nobody is there for ${seatsInWords(empty)}${names === "" ? "" : `; away: ${names}`}`;
  if (away.length === 0) return { reason };
  return { reason, againAt: Math.min(...away.map((member) => backAt(member.away, now))) };
}
