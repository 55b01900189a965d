/**
 * A host as the protocol promises it, without a network and without a clock: an activation runs to its end by
 * itself, once per key, and asking again under the same key gives the same answer.
 */
import type { Outcome } from "../../src/core/outcome.ts";
import type { ReleaseId } from "../../src/core/release.ts";
import { NO_RELEASE } from "../../src/core/release.ts";

/** How the start of a release ends here. `broken`: the release before it does not come back either. */
export type Start = "works" | "reverts" | "breaks";

/** A time in which the host can't be asked. */
export interface Outage {
  readonly from: number;
  readonly until: number;
}

interface Pending {
  readonly key: string;
  readonly release: ReleaseId;
  readonly endsAt: number;
  readonly outcome: Outcome;
  readonly serves: ReleaseId;
}

export class SimulatedHost {
  readonly name: string;
  readonly outages: readonly Outage[];
  serves: ReleaseId;
  /** Down, because neither the new nor the old release came up. */
  isBroken = false;
  readonly staged = new Set<ReleaseId>();
  /** Every activation that began here, by its key. */
  readonly begun: string[] = [];
  readonly #starts: (release: ReleaseId) => Start;
  readonly #results = new Map<string, Outcome>();
  #pending: Pending | undefined;

  constructor(
    name: string,
    serves: ReleaseId,
    { outages, starts }: { readonly outages: readonly Outage[]; readonly starts: (release: ReleaseId) => Start },
  ) {
    this.name = name;
    this.serves = serves;
    this.staged.add(serves);
    this.outages = outages;
    this.#starts = starts;
  }

  canBeAsked(at: number): boolean {
    return !this.outages.some(({ from, until }) => from <= at && at < until);
  }

  isInActivation(at: number): boolean {
    this.#settle(at);
    return this.#pending !== undefined;
  }

  /** Begins the activation or finds it; says when the answer is there and what it is. */
  activate(key: string, release: ReleaseId, at: number, milliseconds: number): { endsAt: number; outcome: Outcome } {
    const known = this.#results.get(key);
    this.#settle(at);
    const settled = known ?? this.#results.get(key);
    if (settled !== undefined) return { endsAt: at, outcome: settled };
    if (this.#pending?.key === key) return this.#pending;

    // Another activation is still running: the new one waits for it.
    const startsAt = this.#pending?.endsAt ?? at;
    this.#settle(startsAt);
    this.begun.push(key);
    this.#pending = { key, release, endsAt: startsAt + milliseconds, ...this.#endOf(release) };
    return this.#pending;
  }

  /** Ends a running activation early; the host goes back to what it served. */
  cancel(key: string, at: number): Outcome | undefined {
    this.#settle(at);
    const pending = this.#pending;
    if (pending?.key !== key) return this.#results.get(key);
    const outcome: Outcome = { kind: "reverted", message: "cancelled" };
    this.#pending = { ...pending, endsAt: at, outcome, serves: this.serves };
    this.#settle(at);
    return outcome;
  }

  #endOf(release: ReleaseId): { readonly outcome: Outcome; readonly serves: ReleaseId } {
    const start = release === NO_RELEASE ? "works" : this.#starts(release);
    if (start === "works") {
      const changed = this.serves !== release || this.isBroken;
      return { outcome: { kind: "done", changed }, serves: release };
    }
    if (start === "reverts" && !this.isBroken) {
      return { outcome: { kind: "reverted", message: "never healthy" }, serves: this.serves };
    }
    return { outcome: { kind: "broken", message: "neither release starts" }, serves: this.serves };
  }

  #settle(at: number): void {
    const pending = this.#pending;
    if (pending === undefined || pending.endsAt > at) return;
    this.#pending = undefined;
    this.#results.set(pending.key, pending.outcome);
    this.serves = pending.serves;
    this.isBroken = pending.outcome.kind === "broken";
  }
}
