/** Differences between artifacts: made once each, kept beside the artifacts until one of the two is forgotten. */
import { readFile, stat } from "node:fs/promises";
import { once } from "node:events";
import { Worker } from "node:worker_threads";

import { largestCompared } from "../../ports/artifacts.ts";
import type { Difference } from "../../ports/artifacts.ts";
import type { Patch, Work } from "./difference-worker.ts";
import { fileBytes, type Vault } from "./vault.ts";

/** What is kept beside the stream. No pieces: too little is in common, and nobody has to look again. */
interface Facts {
  readonly pieces: number;
}

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
    const made = this.#last.then(() => this.#answer(from, to));
    this.#underWay.set(key, made);
    this.#last = made.catch(() => {}).then(() => this.#underWay.delete(key));
    return made;
  }

  async #answer(from: string, to: string): Promise<Difference | undefined> {
    if (!(await this.#vault.has(from)) || !(await this.#vault.has(to))) return undefined;
    const { pieces } = (await this.#known(from, to)) ?? (await this.#make(from, to));
    if (pieces === 0) return undefined;
    return { pieces, stream: fileBytes(this.#vault.path(to, `.from-${from}.stream`)) };
  }

  /** What an earlier question found. */
  async #known(from: string, to: string): Promise<Facts | undefined> {
    const text = await readFile(this.#vault.path(to, `.from-${from}.json`), "utf8").catch(() => undefined);
    return text === undefined ? undefined : (JSON.parse(text) as Facts);
  }

  async #make(from: string, to: string): Promise<Facts> {
    const patch = await patchOf({ old: this.#vault.path(from), fresh: this.#vault.path(to) });
    if (patch !== undefined) await this.#vault.put(this.#vault.path(to, `.from-${from}.stream`), patch.stream);
    const facts = { pieces: patch?.pieces ?? 0 };
    await this.#vault.put(this.#vault.path(to, `.from-${from}.json`), Buffer.from(JSON.stringify(facts)));
    return facts;
  }
}

async function patchOf(work: Work): Promise<Patch | undefined> {
  const sizes = await Promise.all([stat(work.old), stat(work.fresh)]);
  if (sizes.some(({ size }) => size > largestCompared)) return undefined;
  const worker = new Worker(new URL("difference-worker.ts", import.meta.url), { workerData: work });
  try {
    const [patch] = (await once(worker, "message")) as [Patch | undefined];
    return patch;
  } finally {
    await worker.terminate();
  }
}
