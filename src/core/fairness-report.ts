/** How the work of approving was shared, and how long the answers took, for a stretch of time. */
import type { Ask } from "./approval.ts";
import { presentMilliseconds, type Interval } from "./fairness-presence.ts";
import type { Member } from "./fairness-load.ts";

export interface FairnessReport {
  readonly people: readonly Share[];
  /** Of the loads; 1 is what nobody can complain about, missing where nobody was asked. */
  readonly mostByMean?: number;
  /** The same for the loads per day of presence, which is what the rotation keeps even. */
  readonly mostByMeanPerDay?: number;
}

export interface Share {
  readonly login: string;
  /** How often they were asked, or answered without; what they handed over is not in it. */
  readonly load: number;
  readonly daysPresent: number;
  readonly perDay: number;
  readonly approved: number;
  readonly rejected: number;
  readonly handedOver: number;
  /** The request expired without their answer. */
  readonly unanswered: number;
  readonly open: number;
  readonly standingIn: number;
  /** From the question to the answer, for those that they were asked and answered. */
  readonly medianAnswerMilliseconds?: number;
  readonly slowestTenthMilliseconds?: number;
}

const dayMilliseconds = 86_400_000;

/** @param asks of all requests in that time */
export function fairnessReport(members: readonly Member[], asks: readonly Ask[], during: Interval): FairnessReport {
  const within = asks.filter(({ at }) => during.from <= at && at < during.until);
  const people = members.map((member) => shareOf(member, within, during));
  return {
    people,
    ...(within.length === 0
      ? {}
      : {
          mostByMean: mostByMean(people.map(({ load }) => load)),
          mostByMeanPerDay: mostByMean(people.filter(({ daysPresent }) => daysPresent > 0).map(({ perDay }) => perDay)),
        }),
  };
}

function shareOf({ login, away, since }: Member, asks: readonly Ask[], { from, until }: Interval): Share {
  const theirs = asks.filter((ask) => ask.login === login);
  const ended = (how: NonNullable<Ask["closed"]>["how"]): number =>
    theirs.filter(({ closed }) => closed?.how === how).length;
  const handedOver = ended("handed-over");
  const load = theirs.length - handedOver;
  const begin = Math.min(until, Math.max(from, since ?? from));
  const daysPresent = presentMilliseconds(away, { from: begin, until }) / dayMilliseconds;
  return {
    login,
    load,
    daysPresent,
    perDay: daysPresent === 0 ? 0 : load / daysPresent,
    approved: ended("approved"),
    rejected: ended("rejected"),
    handedOver,
    unanswered: ended("expired"),
    open: theirs.filter(({ closed }) => closed === undefined).length,
    standingIn: theirs.filter((ask) => ask.for !== undefined).length,
    ...answerTimes(theirs),
  };
}

function answerTimes(asks: readonly Ask[]): Pick<Share, "medianAnswerMilliseconds" | "slowestTenthMilliseconds"> {
  const times = asks
    .flatMap(({ at, why, closed }) => {
      const isAnswer = why !== "unasked" && (closed?.how === "approved" || closed?.how === "rejected");
      return isAnswer ? [closed.at - at] : [];
    })
    .toSorted((a, b) => a - b);
  if (times.length === 0) return {};
  return { medianAnswerMilliseconds: quantile(times, 0.5), slowestTenthMilliseconds: quantile(times, 0.9) };
}

/** The smallest value that at least this part of all values does not exceed. */
function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)]!;
}

function mostByMean(loads: readonly number[]): number {
  const mean = loads.reduce((sum, load) => sum + load, 0) / loads.length;
  return mean === 0 ? 1 : Math.max(...loads) / mean;
}
