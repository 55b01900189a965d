/** A deployment where there is no terminal: one line for each change, told once for all hosts it is equal on. */
import type { Deployment, Recorded } from "../../core/deployment.ts";
import { clockTime } from "../words.ts";
import type { Told } from "./event-words.ts";
import { groupLine, told } from "./event-words.ts";

/** Changes that are further apart are told apart. */
const longestGroupMilliseconds = 2000;

interface Group {
  readonly told: Told;
  readonly firstAt: number;
  readonly lastAt: number;
}

/** Gathers equal lines. What it holds back comes with the next event, or with `flush`. */
export class Lines {
  #group: Group | undefined;

  /** @param after the deployment with this event folded in */
  add(after: Deployment, recorded: Recorded): readonly string[] {
    const next = told(after, recorded);
    const { at } = recorded;
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
    return group === undefined ? [] : [`${clockTime(group.lastAt)}  ${groupLine(group.told)}`];
  }
}

function joined(left: Told, right: Told): Told {
  return {
    ...right,
    hosts: [...left.hosts, ...right.hosts],
    milliseconds: [...left.milliseconds, ...right.milliseconds],
  };
}
