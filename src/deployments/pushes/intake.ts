/**
 * Takes in what webhooks say. Deliveries that come at the same time share one commit, which waits for the disk: so
 * thousands in a minute cost hardly more than a few, and none is answered before it is durable.
 */
import { setImmediate } from "node:timers/promises";

import type { Clock } from "../../ports/clock.ts";
import type { NewDelivery, Pushes } from "../../ports/pushes.ts";

/** No transaction keeps others waiting for long. */
const mostAtOnce = 500;

interface Waiting {
  readonly delivery: NewDelivery;
  readonly resolve: (answer: "new" | "known") => void;
  readonly reject: (error: unknown) => void;
}

export class Intake {
  readonly #pushes: Pick<Pushes, "accept">;
  readonly #clock: Clock;
  readonly #tell: (deliveries: readonly NewDelivery[]) => void;
  readonly #waiting: Waiting[] = [];
  #writing = false;

  /** @param tell is called with what is new */
  constructor(pushes: Pick<Pushes, "accept">, clock: Clock, tell: (deliveries: readonly NewDelivery[]) => void) {
    this.#pushes = pushes;
    this.#clock = clock;
    this.#tell = tell;
  }

  /** Durable when it is answered; not kept at all when it throws. */
  receive(delivery: NewDelivery): Promise<"new" | "known"> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ delivery, resolve, reject });
      if (!this.#writing) void this.#write();
    });
  }

  async #write(): Promise<void> {
    this.#writing = true;
    // Those that came in the same turn belong to the same commit.
    await setImmediate();
    while (this.#waiting.length > 0) await this.#accept(this.#waiting.splice(0, mostAtOnce));
    this.#writing = false;
  }

  async #accept(batch: readonly Waiting[]): Promise<void> {
    try {
      const deliveries = batch.map(({ delivery }) => delivery);
      const answers = await this.#pushes.accept(deliveries, this.#clock.now());
      batch.forEach(({ resolve }, index) => resolve(answers[index] ?? "known"));
      if (answers.includes("new")) this.#tell(deliveries.filter((_, index) => answers[index] === "new"));
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}
