/**
 * Asks a service from outside at a fixed rate, as its users would: the next host when one refuses.
 *
 * Each request is due at its own time whatever the ones before it do, so that a stall can't hide requests.
 */
export interface ProberResult {
  readonly requests: number;
  /** No host answered. */
  readonly failed: number;
  /** One host refused and another one answered. */
  readonly retried: number;
}

const requestLimitMilliseconds = 2_000;

export class Prober {
  readonly #addresses: readonly string[];
  readonly #timer: NodeJS.Timeout;
  #requests = 0;
  #failed = 0;
  #retried = 0;
  #turn = 0;

  constructor(addresses: readonly string[], perSecond: number) {
    this.#addresses = addresses;
    this.#timer = setInterval(() => void this.#ask(), 1000 / perSecond);
  }

  /** What happened since the last call. */
  take(): ProberResult {
    const result = { requests: this.#requests, failed: this.#failed, retried: this.#retried };
    this.#requests = 0;
    this.#failed = 0;
    this.#retried = 0;
    return result;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #ask(): Promise<void> {
    this.#requests += 1;
    this.#turn += 1;
    for (let tried = 0; tried < this.#addresses.length; tried += 1) {
      const address = this.#addresses[(this.#turn + tried) % this.#addresses.length]!;
      const answered = await fetch(address, { signal: AbortSignal.timeout(requestLimitMilliseconds) }).then(
        async (answer) => {
          await answer.text();
          return answer.ok;
        },
        () => false,
      );
      if (answered) {
        if (tried > 0) this.#retried += 1;
        return;
      }
    }
    this.#failed += 1;
  }
}
