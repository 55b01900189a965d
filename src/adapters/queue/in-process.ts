/** Wake-ups within this process. They are lost with it, which is harmless: every server also looks for what is due. */
import { setImmediate } from "node:timers/promises";

import type { Clock } from "../../ports/clock.ts";
import type { Queue } from "../../ports/queue.ts";

type Worker = (deployment: string) => Promise<void>;

export interface InProcessQueueOptions {
  readonly clock: Clock;
  /** Hears of workers that failed. The queue goes on. */
  readonly onError?: (error: unknown, deployment: string) => void;
}

/** The time is looked at this often: a clock that was set, or a machine that slept, delays nobody for longer. */
const longestNap = 60_000;

export function inProcessQueue(options: InProcessQueueOptions): Queue {
  return new InProcessQueue(options);
}

class InProcessQueue implements Queue {
  readonly #clock: Clock;
  readonly #onError: (error: unknown, deployment: string) => void;
  readonly #closing = new AbortController();
  readonly #waiting = new Set<string>();
  /** Deployments to be looked at as soon as there is somebody to do it. */
  readonly #woken = new Set<string>();
  readonly #running = new Map<string, Promise<void>>();
  #worker: Worker | undefined;

  constructor({ clock, onError = warn }: InProcessQueueOptions) {
    this.#clock = clock;
    this.#onError = onError;
  }

  wake(deployment: string, at?: number): void {
    if (this.#closing.signal.aborted) return;
    if (at !== undefined && at > this.#clock.now()) void this.#wakeLater(deployment, at);
    else this.#wakeNow(deployment);
  }

  work(worker: Worker): void {
    if (this.#worker !== undefined) throw new Error("the queue has its worker already");
    this.#worker = worker;
    for (const deployment of this.#woken) this.#start(deployment, worker);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#woken.clear();
    await Promise.all(this.#running.values());
  }

  async #wakeLater(deployment: string, at: number): Promise<void> {
    const key = `${at} ${deployment}`;
    if (this.#waiting.has(key)) return;
    this.#waiting.add(key);
    const { signal } = this.#closing;
    while (!signal.aborted && this.#clock.now() < at) {
      await this.#clock.sleep(Math.min(at - this.#clock.now(), longestNap), signal);
    }
    this.#waiting.delete(key);
    if (!signal.aborted) this.#wakeNow(deployment);
  }

  #wakeNow(deployment: string): void {
    this.#woken.add(deployment);
    if (this.#worker !== undefined && !this.#running.has(deployment)) this.#start(deployment, this.#worker);
  }

  #start(deployment: string, worker: Worker): void {
    this.#running.set(deployment, this.#run(deployment, worker));
  }

  /** A wake-up during the work means that something changed which the worker may not have seen: it runs once more. */
  async #run(deployment: string, worker: Worker): Promise<void> {
    // Never within the call that woke it, and never before others had their turn.
    await setImmediate();
    while (this.#woken.delete(deployment)) {
      try {
        await worker(deployment);
      } catch (error) {
        this.#onError(error, deployment);
      }
      await setImmediate();
    }
    // In the same turn as the last look at what was woken: nothing gets lost in between.
    this.#running.delete(deployment);
  }
}

function warn(error: unknown, deployment: string): void {
  process.emitWarning(`The work on ${deployment} failed: ${error instanceof Error ? error.stack : String(error)}`);
}
