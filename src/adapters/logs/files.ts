/** Logs as files below `logs/<deployment>/`: masked, in lines with their times, and of bounded size. */
import { join } from "node:path";

import type { Clock } from "../../ports/clock.ts";
import type { LogLine, LogName, Logs, LogWriter } from "../../ports/logs.ts";
import type { LogLimits } from "./kept-log.ts";
import { headsIn, KeptLog, piecesOf } from "./kept-log.ts";
import { splitLines } from "./lines.ts";
import { createMask } from "./mask.ts";
import type { Mask } from "./mask.ts";
import { directoryName, fileName } from "./names.ts";
import { readAll, readLast, readName } from "./reading.ts";

export interface FileLogsOptions {
  /** The server's data directory; the logs lie in `logs/` there. */
  readonly directory: string;
  readonly clock: Clock;
  /** What must never be stored. Asked whenever a log is opened. */
  readonly secrets: () => readonly string[];
  readonly limits?: Partial<LogLimits>;
}

const megabyte = 1024 * 1024;
const longestLine = 64 * 1024;

const usualLimits: LogLimits = {
  headBytes: 5 * megabyte,
  tailBytes: 45 * megabyte,
  pieceBytes: 2.25 * megabyte,
  leaveFreeBytes: 256 * megabyte,
};

export function fileLogs(options: FileLogsOptions): Logs {
  return new FileLogs(options);
}

class FileLogs implements Logs {
  readonly #root: string;
  readonly #clock: Clock;
  readonly #secrets: () => readonly string[];
  readonly #limits: LogLimits;
  /** Logs with a writer. Two writers of one log share its file. */
  readonly #open = new Map<string, { readonly log: KeptLog; writers: number }>();

  constructor({ directory, clock, secrets, limits }: FileLogsOptions) {
    this.#root = join(directory, "logs");
    this.#clock = clock;
    this.#secrets = secrets;
    this.#limits = { ...usualLimits, ...limits };
  }

  open(name: LogName): LogWriter {
    const log = this.#take(name);
    const stream = (): { readonly mask: Mask; readonly lines: ReturnType<typeof splitLines> } => ({
      mask: createMask(this.#secrets),
      lines: splitLines(longestLine, (text) => log.append(this.#clock.now(), text)),
    });
    const streams = { stdout: stream(), stderr: stream() };
    let open = true;
    return {
      write: (text, name = "stdout") => {
        const { mask, lines } = streams[name];
        if (open) lines.push(mask.push(text), this.#clock.now());
      },
      close: async () => {
        if (!open) return;
        open = false;
        for (const { mask, lines } of Object.values(streams)) {
          lines.push(mask.end(), this.#clock.now());
          lines.end();
        }
        log.flush();
        this.#giveBack(name);
      },
    };
  }

  async *read(name: LogName, { last }: { readonly last?: number } = {}): AsyncIterable<LogLine> {
    this.#open.get(keyOf(name))?.log.flush();
    const pieces = piecesOf(join(this.#root, directoryName(name)), name);
    yield* last === undefined ? readAll(pieces) : await readLast(pieces, last);
  }

  async list(deployment: string): Promise<readonly LogName[]> {
    const heads = headsIn(join(this.#root, directoryName({ deployment })));
    const names = await Promise.all(heads.map((head) => readName(head)));
    return names.filter((name) => name !== undefined).toSorted(inOrder);
  }

  #take(name: LogName): KeptLog {
    const key = keyOf(name);
    const known = this.#open.get(key) ?? { log: new KeptLog(this.#root, name, this.#limits), writers: 0 };
    known.writers += 1;
    this.#open.set(key, known);
    return known.log;
  }

  #giveBack(name: LogName): void {
    const key = keyOf(name);
    const known = this.#open.get(key);
    if (known === undefined) return;
    known.writers -= 1;
    if (known.writers === 0) this.#open.delete(key);
  }
}

function keyOf(name: LogName): string {
  return join(directoryName(name), fileName(name));
}

const trackOrder = ["prepare", "rollout", "roll-back"];

function inOrder(a: LogName, b: LogName): number {
  return trackOrder.indexOf(a.track) - trackOrder.indexOf(b.track) || a.step - b.step || (a.host < b.host ? -1 : 1);
}
