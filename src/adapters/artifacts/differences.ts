/** Differences between artifacts: made once each, kept beside the artifacts until one of the two is forgotten. */
import { readFile, stat } from "node:fs/promises";
import { once } from "node:events";
import { Worker } from "node:worker_threads";

import type { Difference } from "../../ports/artifacts.ts";
import type { Patch, Work } from "./difference-worker.ts";
import { fileBytes, type Vault } from "./vault.ts";

/** Both files are in memory while a difference is made; larger ones are left to other ways of sending them. */
const mostBytes = 250 * 1024 * 1024;

/** As it is kept when too little is in common, so that nobody looks again. */
const notWorthIt = null;
type Pieces = Difference["pieces"] | typeof notWorthIt;

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
    const known = await this.#pieces(from, to);
    const pieces = known === undefined ? await this.#make(from, to) : known;
    if (pieces === notWorthIt) return undefined;
    return {
      pieces,
      literals: fileBytes(this.#vault.path(to, `.from-${from}.literals`)),
      stream: fileBytes(this.#vault.path(to, `.from-${from}.stream`)),
    };
  }

  /** What an earlier question found. */
  async #pieces(from: string, to: string): Promise<Pieces | undefined> {
    const text = await readFile(this.#vault.path(to, `.from-${from}.pieces`), "utf8").catch(() => undefined);
    return text === undefined ? undefined : (JSON.parse(text) as Pieces);
  }

  async #make(from: string, to: string): Promise<Pieces> {
    const put = (what: string, bytes: Uint8Array): Promise<void> =>
      this.#vault.put(this.#vault.path(to, `.from-${from}.${what}`), bytes);
    const patch = await patchOf({ old: this.#vault.path(from), fresh: this.#vault.path(to) });
    if (patch !== undefined) await put("literals", patch.literals);
    if (patch !== undefined) await put("stream", patch.stream);
    const pieces = patch?.pieces ?? notWorthIt;
    await put("pieces", Buffer.from(JSON.stringify(pieces)));
    return pieces;
  }
}

async function patchOf(work: Work): Promise<Patch | undefined> {
  const sizes = await Promise.all([stat(work.old), stat(work.fresh)]);
  if (sizes.some(({ size }) => size > mostBytes)) return undefined;
  const worker = new Worker(new URL("difference-worker.ts", import.meta.url), { workerData: work });
  try {
    const [patch] = (await once(worker, "message")) as [Patch | undefined];
    return patch;
  } finally {
    await worker.terminate();
  }
}
