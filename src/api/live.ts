/** A deployment's journal as server-sent events: what was written, then each event as it comes. */
import { once } from "node:events";

import type { FastifyReply } from "fastify";

import { finalStates } from "../core/deployment.ts";
import type { World } from "../deployments/world.ts";

/** Proxies close silent connections. */
const heartbeatMilliseconds = 15_000;

/** Sends events after `seen` until the deployment ends or the client leaves; ids are sequences, so a client can resume. */
export async function streamJournal(
  reply: FastifyReply,
  { store, bell, clock }: World,
  id: string,
  seen: number,
): Promise<void> {
  const gone = new AbortController();
  reply.raw.on("close", () => gone.abort());
  reply.hijack();
  reply.raw.writeHead(200, {
    "content-type": "text/event-stream",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
  });

  let wake = new AbortController();
  const off = bell.on(id, () => wake.abort());
  try {
    for (let after = seen; !gone.signal.aborted;) {
      wake = new AbortController();
      // Asked before the journal: an end that is written in between is among the news of the next turn.
      const summary = await store.summary(id);
      const news = await store.journal(id, after);
      for (const recorded of news) {
        const taken = reply.raw.write(`id: ${recorded.sequence}\ndata: ${JSON.stringify(recorded)}\n\n`);
        after = recorded.sequence;
        // A client that reads slowly waits for itself alone; what it has not seen stays in the store.
        if (!taken && !gone.signal.aborted) await once(reply.raw, "drain", { signal: gone.signal }).catch(() => {});
        if (gone.signal.aborted) break;
      }
      if (news.length === 0 && summary !== undefined && finalStates.has(summary.state)) break;
      if (news.length > 0) continue;
      await clock.sleep(heartbeatMilliseconds, AbortSignal.any([wake.signal, gone.signal]));
      reply.raw.write(": still here\n\n");
    }
  } finally {
    off();
    reply.raw.end();
  }
}
