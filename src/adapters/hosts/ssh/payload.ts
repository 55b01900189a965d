import { once } from "node:events";
import type { Writable } from "node:stream";

import type { Exchange } from "./exchange.ts";

const zeros = Buffer.alloc(64 * 1024);

/**
 * Writes exactly the announced number of bytes, because the host counts them.
 *
 * A source that fails, is too short or too long must not look like a complete one to the command: its exchange is told,
 * and only when the command has been ended (`fillPayload`) the missing bytes are filled.
 */
export async function sendPayload(exchange: Exchange, to: Writable): Promise<void> {
  const source = exchange.stdin;
  if (source === undefined) return;

  let left = source.bytes;
  let failure: Error | undefined;

  try {
    for await (const chunk of source.stream()) {
      if (exchange.fillPayload || to.destroyed) break;
      if (chunk.length > left) throw new Error(`A payload of ${source.bytes} bytes turned out to be longer.`);

      left -= chunk.length;
      await write(to, chunk);
    }
  } catch (error) {
    failure = error instanceof Error ? error : new Error(String(error));
  }

  if (left > 0 && !exchange.fillPayload && !to.destroyed) {
    failure ??= new Error(`A payload of ${source.bytes} bytes ended ${left} bytes too early.`);
  }
  if (failure !== undefined) exchange.onSourceFailed?.(failure);

  await fill(exchange, to, left);
}

async function fill(exchange: Exchange, to: Writable, missing: number): Promise<void> {
  if (missing > 0) await exchange.mayFill;

  for (let left = missing; left > 0 && !to.destroyed; left -= zeros.length) {
    await write(to, left < zeros.length ? zeros.subarray(0, left) : zeros);
  }
}

async function write(to: Writable, bytes: Uint8Array): Promise<void> {
  if (to.write(bytes) || to.destroyed) return;

  const drained = new AbortController();
  await Promise.race([once(to, "drain", drained), once(to, "close", drained)]).finally(() => drained.abort());
}
