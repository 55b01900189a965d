/**
 * Bounds what strangers can make this server do, without ever turning away somebody who knows the secret because of
 * what others sent.
 *
 * Only what was refused counts. An address with many refusals is not shut out: its requests go on one after the
 * other, so that the good ones among them (behind one proxy, or one company's gateway) still come through.
 */
import type { Clock } from "../ports/clock.ts";

/** So many refusals cost nothing; then they are forgotten one by one. */
const freeRefusals = 20;
const forgetMilliseconds = 3_000;
/** A longer line would be somebody who only wants it to be long. */
const longestLine = 100;
const longestWaitMilliseconds = 10_000;
const mostAddresses = 10_000;

interface Offender {
  refusals: number;
  since: number;
  line: Promise<void>;
  waiting: number;
}

export class Patience {
  readonly #clock: Pick<Clock, "now">;
  /** The one that offended last comes last. */
  readonly #offenders = new Map<string, Offender>();

  constructor(clock: Pick<Clock, "now">) {
    this.#clock = clock;
  }

  /** Waits for a turn; to be called back when it is over. Nothing when the line is too long, or does not move. */
  async turn(address: string): Promise<(() => void) | undefined> {
    const offender = this.#offenders.get(address);
    if (offender === undefined || this.#refusals(offender) <= freeRefusals) return () => {};
    if (offender.waiting >= longestLine) return undefined;
    const before = offender.line;
    let leave = (): void => {};
    offender.line = new Promise((resolve) => {
      leave = () => resolve(before);
    });
    offender.waiting += 1;
    const came = await Promise.race([before.then(() => true), later(longestWaitMilliseconds)]);
    offender.waiting -= 1;
    if (came) return leave;
    leave();
    return undefined;
  }

  /** What came from there was refused. */
  lose(address: string): void {
    const known = this.#offenders.get(address);
    const refusals = known === undefined ? 1 : this.#refusals(known) + 1;
    const offender = known ?? { refusals, since: 0, line: Promise.resolve(), waiting: 0 };
    offender.refusals = refusals;
    offender.since = this.#clock.now();
    this.#offenders.delete(address);
    this.#offenders.set(address, offender);
    if (this.#offenders.size <= mostAddresses) return;
    const [oldest] = this.#offenders.keys();
    if (oldest !== undefined) this.#offenders.delete(oldest);
  }

  /** Somebody there knows a secret. */
  regain(address: string): void {
    const offender = this.#offenders.get(address);
    if (offender !== undefined) offender.refusals = Math.min(this.#refusals(offender), freeRefusals);
  }

  #refusals({ refusals, since }: Offender): number {
    return Math.max(0, refusals - Math.floor((this.#clock.now() - since) / forgetMilliseconds));
  }
}

function later(milliseconds: number): Promise<false> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(false), milliseconds).unref();
  });
}
