import { availableParallelism } from "node:os";

/** A handshake that takes longer waits for its host and costs us nothing; it no longer counts. */
const countedMs = 3000;

/**
 * Bounds how many connections are opened at once, for each way into the hosts' network.
 *
 * A handshake costs a tenth of a second of CPU, and an sshd drops connections when too many are not authenticated yet.
 */
export class Handshakes {
  readonly #atOnce: number;
  readonly #ways = new Map<string, { running: number; readonly waiting: (() => void)[] }>();

  constructor(atOnce: number) {
    this.#atOnce = Math.min(atOnce, 4 * availableParallelism());
  }

  async within<T>(way: string, handshake: () => Promise<T>): Promise<T> {
    const line = this.#ways.get(way) ?? { running: 0, waiting: [] };
    this.#ways.set(way, line);

    if (line.running >= this.#atOnce) await new Promise<void>((go) => line.waiting.push(go));
    else line.running++;

    let counts = true;
    const leave = (): void => {
      if (!counts) return;
      counts = false;
      // The place goes to the next in line, otherwise it is free.
      const next = line.waiting.shift();
      if (next === undefined) line.running--;
      else next();
    };
    const timer = setTimeout(leave, countedMs);

    try {
      return await handshake();
    } finally {
      clearTimeout(timer);
      leave();
    }
  }
}
