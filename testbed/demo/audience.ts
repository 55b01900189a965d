/** The users of the demo: they come when there is something to ask, and every request counts. */
import type { Load } from "../load/load.ts";
import type { PhaseResult } from "../load/result.ts";

export class Audience {
  readonly #start: () => Promise<Load>;
  #load: Load | undefined;

  constructor(start: () => Promise<Load>) {
    this.#start = start;
  }

  async come(): Promise<void> {
    this.#load ??= await this.#start();
  }

  /** Requests from now on belong to this act. */
  async begin(act: string): Promise<void> {
    await this.#load?.mark(act);
  }

  /** What users met in the act; nothing where nobody was there. */
  async saw(act: string): Promise<PhaseResult | undefined> {
    return (await this.#load?.glance())?.phases[act];
  }

  async leave(): Promise<void> {
    await this.#load?.stop();
  }
}
