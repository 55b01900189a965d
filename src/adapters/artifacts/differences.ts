/** Differences between artifacts: made once each, kept beside the artifacts until one of the two is forgotten. */
import { readFile, stat } from "node:fs/promises";
import { once } from "node:events";
import { Worker } from "node:worker_threads";

import type { Difference } from "../../ports/artifacts.ts";
import type { Patch, Work } from "./difference-worker.ts";
import { fileBytes, type Vault } from "./vault.ts";

/** Both files are in memory while a difference is made; larger ones are left to other ways of sending them. */
const mostBytes = 250 * 1024 * 1024;

export class Differences {
  readonly #vault: Vault;
  readonly #underWay = new Map<string, Promise<Difference | undefined>>();
  /** One at a time: sixty hosts that ask at once need sixty differences at most one after the other. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(vault: Vault) {
    this.#vault = vault;
  }

  between(from: string, to: string): Promise<Difference | undefined> {
    const key = `${from}-${to}`;
    const running = this.#underWay.get(key);
    if (running !== undefined) return running;
    const made = this.#last.then(() => this.#kept(from, to).then((kept) => kept ?? this.#make(from, to)));
    this.#underWay.set(key, made);
    this.#last = made.catch(() => {}).then(() => this.#underWay.delete(key));
    return made;
  }

  /** One that an earlier question made. */
  async #kept(from: string, to: string): Promise<Difference | undefined> {
    const pieces = await readFile(this.#vault.path(to, `.from-${from}.pieces`), "utf8").catch(() => undefined);
    if (pieces === undefined) return undefined;
    return {
      pieces: JSON.parse(pieces) as Difference["pieces"],
      literals: fileBytes(this.#vault.path(to, `.from-${from}.literals`)),
    };
  }

  async #make(from: string, to: string): Promise<Difference | undefined> {
    const [old, fresh] = [this.#vault.path(from), this.#vault.path(to)];
    const sizes = await Promise.all([stat(old), stat(fresh)]);
    if (sizes.some(({ size }) => size > mostBytes)) return undefined;
    const patch = await patchOf({ old, fresh });
    if (patch === undefined) return undefined;
    await this.#vault.put(this.#vault.path(to, `.from-${from}.literals`), patch.literals);
    await this.#vault.put(this.#vault.path(to, `.from-${from}.pieces`), Buffer.from(JSON.stringify(patch.pieces)));
    return this.#kept(from, to);
  }
}

async function patchOf(work: Work): Promise<Patch | undefined> {
  const worker = new Worker(new URL("difference-worker.ts", import.meta.url), { workerData: work });
  try {
    const [patch] = (await once(worker, "message")) as [Patch | undefined];
    return patch;
  } finally {
    await worker.terminate();
  }
}
