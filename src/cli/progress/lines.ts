/** A deployment where there is no terminal: one line for each change, told once for all hosts it is equal on. */
import type { Deployment, Recorded } from "../../core/deployment.ts";
import type { Observation } from "../../core/observation.ts";
import type { ObservationTotals } from "../../core/observation-totals.ts";
import { addObservation, nothingObserved } from "../../core/observation-totals.ts";
import { judgementSoFar, waitsForAPerson } from "../../core/waits.ts";
import { safeFirstLine } from "../safe-text.ts";
import { clockTime, count, inSeconds } from "../words.ts";
import type { Told } from "./event-words.ts";
import { groupLine, told } from "./event-words.ts";
import { isFailing, requestWords } from "./traffic.ts";

/** Changes that are further apart are told apart. */
const longestGroupMilliseconds = 2000;
/** What is seen of the requests is worth a line so often, and when it begins to fail. */
const betweenObservationsMilliseconds = 60_000;

interface Group {
  readonly told: Told;
  readonly firstAt: number;
  readonly lastAt: number;
}

/** Gathers equal lines. What it holds back comes with the next event, or with `flush`. */
export class Lines {
  #group: Group | undefined;
  readonly #observed = new Observed();

  /** @param after the deployment with this event folded in */
  add(after: Deployment, recorded: Recorded): readonly string[] {
    const { at, event } = recorded;
    if (event.kind === "observed") {
      const words = this.#observed.add(after, at, event);
      return words === undefined ? [] : [...this.flush(), `${clockTime(at)}  ${words}`];
    }
    const next = told(after, recorded);
    const group = this.#group;
    if (group !== undefined && group.told.key === next.key && at - group.firstAt <= longestGroupMilliseconds) {
      this.#group = { told: joined(group.told, next), firstAt: group.firstAt, lastAt: at };
      return next.isLast ? this.flush() : [];
    }
    const before = this.flush();
    this.#group = { told: next, firstAt: at, lastAt: at };
    return next.isLast ? [...before, ...this.flush()] : before;
  }

  flush(): readonly string[] {
    const group = this.#group;
    this.#group = undefined;
    if (group === undefined) return [];
    const details = group.told.details ?? [];
    return [
      `${clockTime(group.lastAt)}  ${groupLine(group.told)}`,
      ...details.map((line) => `${besideTheTime}${line}`),
    ];
  }
}

const besideTheTime = " ".repeat("00:00:00  ".length);

/** Observations come every few seconds; their sum is said now and then. */
class Observed {
  #totals: ObservationTotals = nothingObserved;
  #wasFailing = false;

  /** What is to be said now, if anything. */
  add(after: Deployment, at: number, event: Observation): string | undefined {
    this.#totals = addObservation(this.#totals, event);
    const failing = isFailing(event);
    const begins = failing && !this.#wasFailing;
    this.#wasFailing = failing;
    const { observedMilliseconds, prober } = this.#totals;
    if (!begins && observedMilliseconds < betweenObservationsMilliseconds) return undefined;
    const asked =
      prober === undefined || prober.failed === 0
        ? ""
        : `; asked from outside, ${count(prober.failed, "time")} in vain`;
    const judged = judgementSoFar(after);
    const so = judged === undefined ? "" : `; ${judged.verdict} so far: ${safeFirstLine(judged.sentence)}`;
    const held = waitsForAPerson(after, at) ? "; it waits for signalbox promote, or signalbox abort" : "";
    const words = `${requestWords(this.#totals)} in ${inSeconds(observedMilliseconds)}${asked}${so}${held}`;
    this.#totals = nothingObserved;
    return words;
  }
}

function joined(left: Told, right: Told): Told {
  return {
    ...right,
    hosts: [...left.hosts, ...right.hosts],
    milliseconds: [...left.milliseconds, ...right.milliseconds],
  };
}
