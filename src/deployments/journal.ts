/**
 * One deployment's journal while somebody works on it: the folded state, and the two ways to add to it.
 *
 * `note` adds a fact (how a step ended on a host): it is true whatever else was written meanwhile. `decide` adds a
 * decision: it holds only for the state it was made from, so when somebody else wrote first, nothing is written.
 */
import { setImmediate } from "node:timers/promises";

import { finalStates } from "../core/deployment.ts";
import { apply, fold } from "../core/fold.ts";
import type { Deployment, DeploymentEvent } from "../core/deployment.ts";
import { nextMove } from "../core/next-move.ts";
import { JournalConflict } from "../ports/store.ts";
import type { Change, JournalChange } from "../ports/store.ts";
import type { World } from "./world.ts";

type JournalWorld = Pick<World, "store" | "clock" | "bell">;

/** What else belongs into the transaction of a decision. */
export interface Along extends Omit<Change, "at" | "journals"> {
  /** What is written into other journals. */
  readonly others?: readonly JournalChange[];
}

/**
 * Events for a journal, and when somebody has to look at it again: what waits for a person, or for an approval, is due
 * when that has written something, and costs nothing until then.
 */
export function journalChange(before: Deployment, events: readonly DeploymentEvent[], at: number): JournalChange {
  const after = events.reduce((state, event) => apply(state, { sequence: state.sequence + 1, at, event }), before);
  return { deployment: before.id, expected: before.sequence, events, after, dueAt: dueAt(after, at) };
}

function dueAt(after: Deployment, at: number): number | null {
  if (finalStates.has(after.state)) return null;
  // A rollout that goes on is carried by somebody, or has to be taken up at once.
  if (after.epoch !== undefined && after.paused === undefined) return at;
  const move = nextMove(after, at);
  return move.kind === "wait" ? (move.until ?? null) : at;
}

export class Journal {
  readonly #world: JournalWorld;
  #deployment: Deployment;
  #pending: DeploymentEvent[] = [];
  #writing: Promise<void> = Promise.resolve();

  private constructor(world: JournalWorld, deployment: Deployment) {
    this.#world = world;
    this.#deployment = deployment;
  }

  static async open(world: JournalWorld, id: string): Promise<Journal> {
    const recorded = await world.store.journal(id);
    return new Journal(world, fold(id, recorded));
  }

  /** As far as it was read or written here. */
  get deployment(): Deployment {
    return this.#deployment;
  }

  /** Folds in what others wrote. */
  async refresh(): Promise<Deployment> {
    const news = await this.#world.store.journal(this.#deployment.id, this.#deployment.sequence);
    const unseen = news.filter(({ sequence }) => sequence > this.#deployment.sequence);
    this.#deployment = unseen.reduce(apply, this.#deployment);
    return this.#deployment;
  }

  /** Adds a fact. Facts that come while another is being written share the next transaction. */
  note(event: DeploymentEvent): Promise<void> {
    this.#pending.push(event);
    this.#writing = this.#writing.then(async () => this.#writePending());
    return this.#writing;
  }

  /**
   * Adds decisions made from the current state, with what belongs to them, in one transaction.
   *
   * @returns false when somebody else wrote first: refresh (it is done) and decide again
   * @throws {LockHeld} when `takeLocks` names a lock that another owner holds
   */
  async decide(events: readonly DeploymentEvent[], along: Along = {}): Promise<boolean> {
    try {
      await this.#write(events, along);
      return true;
    } catch (error) {
      if (!(error instanceof JournalConflict)) throw error;
      await this.refresh();
      return false;
    }
  }

  async #writePending(): Promise<void> {
    while (this.#pending.length > 0) {
      // Hosts that answer in the same turn share a commit, which waits for the disk.
      await setImmediate();
      const events = this.#pending;
      this.#pending = [];
      while (!(await this.decide(events))) {
        // A fact stays true: it goes behind whatever was written first.
      }
    }
  }

  async #write(events: readonly DeploymentEvent[], along: Along): Promise<void> {
    const { store, clock, bell } = this.#world;
    const at = clock.now();
    const before = this.#deployment;
    const change = journalChange(before, events, at);
    const { others = [], ...rest } = along;
    await store.commit({ ...rest, at, journals: [change, ...others] });
    if (this.#deployment === before) this.#deployment = change.after;
    bell.ring(before.id);
  }
}
