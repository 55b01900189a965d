/**
 * Turns on things that only one change at a time may touch. Hosts of one batch come back side by side; without turns
 * each of their changes would find the half-made other one on the proxies, and undo it.
 */
export class Turns {
  readonly #last = new Map<string, Promise<void>>();

  /** Does the work as soon as everybody who came before for any of the things has ended. */
  async take<T>(things: readonly string[], work: () => Promise<T>): Promise<T> {
    const mine = Promise.withResolvers<void>();
    // Whoever comes gets his place on all of them at once, so nobody waits in a circle.
    const before = things.map((thing) => this.#last.get(thing));
    for (const thing of things) this.#last.set(thing, mine.promise);
    try {
      await Promise.all(before);
      return await work();
    } finally {
      mine.resolve();
      for (const thing of things) if (this.#last.get(thing) === mine.promise) this.#last.delete(thing);
    }
  }
}
