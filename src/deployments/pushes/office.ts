/**
 * Where pushes are worked on: deliveries that wait, tips that nobody told of, reports to forges.
 *
 * It holds nothing that would be missed: killed at any point, the next start goes on from what is in the store.
 */
import type { KeptDelivery, NewDelivery } from "../../ports/pushes.ts";
import { repositoryOf, workOn } from "./deliveries.ts";
import type { Decided } from "./heal.ts";
import { heal } from "./heal.ts";
import { Intake } from "./intake.ts";
import type { PushWorld } from "./look.ts";
import { Reporter } from "./reporter.ts";

/** Looks for what is due this often, in case that a wake-up was lost. */
const scanMilliseconds = 5_000;
const tidyMilliseconds = 6 * 60 * 60_000;
const keptMilliseconds = 30 * 24 * 60 * 60_000;
const mostDeliveries = 1_000;
/** A flood about one repository makes one look out of all that comes in this time. */
const betweenLooksMilliseconds = 1_000;

export interface OfficeOptions extends PushWorld {
  /** About how often tips are compared. */
  readonly healMilliseconds?: number;
}

export class PushOffice {
  readonly #around: OfficeOptions;
  readonly #intake: Intake;
  readonly #reporter: Reporter;
  readonly #stop = new AbortController();
  readonly #running = new Set<Promise<void>>();
  /** Repositories that somebody looks at. */
  readonly #busy = new Set<string>();
  readonly #decided: Decided = new Map();
  readonly #warned = new Set<string>();
  readonly #ended: (() => void)[] = [];
  #healing: Promise<void> = Promise.resolve();
  #begun = false;
  #again = false;
  #looking = false;

  constructor(around: OfficeOptions) {
    this.#around = around;
    const { store, clock } = around.world;
    this.#reporter = new Reporter(around, this.#stop.signal);
    this.#intake = new Intake(store.pushes, clock, (deliveries) => this.#came(deliveries));
  }

  /** Keeps a verified delivery. Durable when it is answered. */
  receive(delivery: NewDelivery): Promise<"new" | "known"> {
    return this.#intake.receive(delivery);
  }

  begin(): void {
    this.#begun = true;
    const { bell } = this.#around.world;
    this.#ended.push(bell.on(undefined, (deployment) => this.#run(() => this.#reporter.news(deployment))));
    this.#every(scanMilliseconds, () => this.#scan());
    this.#every(tidyMilliseconds, () => this.#tidy());
    this.#run(() => this.#healAgainAndAgain());
    this.#run(() => this.#scan());
  }

  /** Somebody should look at what is due. */
  wake(): void {
    if (!this.#begun || this.#stop.signal.aborted) return;
    this.#again = true;
    if (!this.#looking) this.#run(() => this.#lookAtDeliveries());
  }

  /** Stops at once: what was begun is done again by the next start. */
  async close(): Promise<void> {
    this.#stop.abort();
    for (const end of this.#ended) end();
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  /** Compares all tips, now. */
  healNow(): Promise<void> {
    const next = this.#healing.then(() => this.#heal());
    // One after the other: two at once would only ask twice.
    this.#healing = next.catch(() => {});
    return next;
  }

  async #heal(): Promise<void> {
    if (this.#stop.signal.aborted || (await this.#isFrozen())) return;
    const problems = await heal(this.#around, this.#decided, this.#stop.signal);
    this.#run(() => this.#reporter.due());
    // The same problem is told once, until it is another one or over.
    for (const problem of problems) if (!this.#warned.has(problem)) this.#warn(`Comparing tips: ${problem}`);
    this.#warned.clear();
    for (const problem of problems) this.#warned.add(problem);
  }

  async #scan(): Promise<void> {
    this.wake();
    if (await this.#isFrozen()) return;
    await this.#reporter.due();
  }

  async #tidy(): Promise<void> {
    const { store, clock } = this.#around.world;
    await store.pushes.forget(clock.now() - keptMilliseconds);
  }

  /** What comes for a repository that is being looked at is found when that is over. */
  #came(deliveries: readonly NewDelivery[]): void {
    if (deliveries.some((delivery) => !this.#busy.has(repositoryOf(delivery)))) this.wake();
  }

  async #lookAtDeliveries(): Promise<void> {
    this.#looking = true;
    try {
      while (this.#again && !this.#stop.signal.aborted) {
        this.#again = false;
        if (await this.#isFrozen()) return;
        const { store, clock } = this.#around.world;
        const due = await store.pushes.due(clock.now(), mostDeliveries);
        for (const [repository, deliveries] of Map.groupBy(due, repositoryOf)) {
          if (!this.#busy.has(repository)) this.#run(() => this.#lookAtRepository(repository, deliveries));
        }
      }
    } finally {
      this.#looking = false;
    }
  }

  /** Again and again, as long as something comes; but not faster than once in a while, however much comes. */
  async #lookAtRepository(repository: string, first: readonly KeptDelivery[]): Promise<void> {
    if (this.#busy.has(repository)) return;
    this.#busy.add(repository);
    const { signal } = this.#stop;
    const rest = this.#around.world.clock.sleep(betweenLooksMilliseconds, signal);
    try {
      await workOn(first, this.#around, signal);
      this.#run(() => this.#reporter.due());
      if (await this.#hasMore()) await rest;
    } finally {
      this.#busy.delete(repository);
      if (await this.#hasMore()) this.wake();
    }
  }

  async #hasMore(): Promise<boolean> {
    const { store, clock } = this.#around.world;
    return (await store.pushes.due(clock.now(), 1)).length > 0;
  }

  async #healAgainAndAgain(): Promise<void> {
    const { world, healMilliseconds = 5 * 60_000 } = this.#around;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await this.healNow().catch((error: Error) => this.#warn(error.message));
      // Many servers that were started together should not ask together for ever.
      await world.clock.sleep(healMilliseconds * (0.8 + 0.4 * Math.random()), signal);
    }
  }

  async #isFrozen(): Promise<boolean> {
    return (await this.#around.world.store.installation()).frozen;
  }

  #every(milliseconds: number, work: () => Promise<void>): void {
    const timer = setInterval(() => this.#run(work), milliseconds);
    this.#ended.push(() => clearInterval(timer));
  }

  /** What fails is tried again by the next turn; it must not take the server down. */
  #run(work: () => Promise<void>): void {
    if (this.#stop.signal.aborted) return;
    // Whoever woke it is not who does it.
    const running = this.#around.world.store.within(undefined, work).catch((error: Error) => {
      if (!this.#stop.signal.aborted) this.#warn(error.stack ?? error.message);
    });
    this.#running.add(running);
    void running.then(() => this.#running.delete(running));
  }

  #warn(message: string): void {
    const { warn, world } = this.#around;
    warn?.(world.masks.text(message));
  }
}
