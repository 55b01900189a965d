/**
 * Calls at a fixed rate, each due at its own time whatever became of those before.
 *
 * A generator that waits for an answer before it asks again sends nothing during a stall, and so measures none of it
 * (coordinated omission, after Gil Tene). Whoever is called gets the time at which the call was due, to measure from.
 */
export class Schedule {
  readonly #interval: number;
  readonly #call: (due: number) => void;
  #next: number;
  #timer: NodeJS.Timeout | undefined;

  /** @param call must not wait; `due` is on the clock of `performance.now()` */
  constructor(perSecond: number, call: (due: number) => void) {
    this.#interval = 1000 / perSecond;
    this.#call = call;
    this.#next = performance.now();
    this.#timer = setTimeout(() => this.#work(), 0);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #work(): void {
    while (this.#next <= performance.now()) {
      const due = this.#next;
      this.#next += this.#interval;
      this.#call(due);
    }
    this.#timer = setTimeout(() => this.#work(), Math.max(0, this.#next - performance.now()));
  }
}
