/**
 * Users of a service, for journeys, benchmarks and the demo: an open-loop load with a fixed rate.
 *
 *     const load = await startLoad({ url, perSecond: 200, webSockets: 10 });
 *     await load.mark("during");
 *     // ... a deployment ...
 *     const seen = await load.stop();
 *
 * Every reset, refusal, 5xx and timeout counts as failed, and nothing is sent a second time.
 */
import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import path from "node:path";

import { complete } from "./options.ts";
import type { CompleteOptions, LoadOptions } from "./options.ts";
import type { Glance, LoadResult } from "./result.ts";

export interface Load {
  /** Requests that are due from now on belong to this phase. Comes back when that is so. */
  mark(phase: string): Promise<void>;
  /** What has been seen so far. */
  glance(): Promise<Glance>;
  /** Ends the load, waits for the answers that are due, and tells everything. Again: the same. */
  stop(): Promise<LoadResult>;
}

/** What the process is told. Exported for that process. */
export type Command = { readonly id: number } & Order;

type Order =
  | { readonly kind: "start"; readonly options: CompleteOptions }
  | { readonly kind: "mark"; readonly phase: string }
  | { readonly kind: "glance" }
  | { readonly kind: "stop" };

export type Reply = { readonly id: number } & ({ readonly value: unknown } | { readonly error: string });

/** Comes back when the first requests are on their way. */
export async function startLoad(options: LoadOptions): Promise<Load> {
  const process = new LoadProcess();
  let result: Promise<LoadResult> | undefined;
  await process.ask({ kind: "start", options: complete(options) });
  return {
    async mark(phase) {
      await process.ask({ kind: "mark", phase });
    },
    glance: async () => (await process.ask({ kind: "glance" })) as Glance,
    stop: () =>
      (result ??= process.ask({ kind: "stop" }).then(async (value) => {
        await process.end();
        return value as LoadResult;
      })),
  };
}

class LoadProcess {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #last = 0;
  #ended: Error | undefined;

  constructor() {
    // Without the starter's own flags: a test runner's are of no use there.
    this.#child = fork(path.join(import.meta.dirname, "load.child.ts"), {
      serialization: "advanced",
      execArgv: [],
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    this.#child.on("message", (reply: Reply) => {
      const waiting = this.#waiting.get(reply.id);
      this.#waiting.delete(reply.id);
      if ("error" in reply) waiting?.reject(new Error(`the load: ${reply.error}`));
      else waiting?.resolve(reply.value);
    });
    // A process that is gone says so by its exit.
    this.#child.on("error", () => {});
    this.#child.on("exit", (code, signal) => {
      this.#ended = new Error(`the load's process has ended (${signal ?? code})`);
      for (const waiting of this.#waiting.values()) waiting.reject(this.#ended);
      this.#waiting.clear();
    });
  }

  ask(order: Order): Promise<unknown> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const id = (this.#last += 1);
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(id, waiting);
    this.#child.send({ ...order, id } satisfies Command);
    return waiting.promise;
  }

  async end(): Promise<void> {
    if (this.#ended !== undefined) return;
    const exited = once(this.#child, "exit");
    this.#child.disconnect();
    await exited;
  }
}
