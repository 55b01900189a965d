/** Answers of JSON lines, read from where they come from only as fast as the client takes them. */
import { Readable } from "node:stream";

import type { FastifyReply } from "fastify";

export const lineStream = "application/x-ndjson";

/** An error in the middle cuts the answer short, so that no client takes the part for the whole. */
export function sendLines(reply: FastifyReply, values: AsyncIterable<unknown>): FastifyReply {
  return reply.type(lineStream).send(Readable.from(encoded(values)));
}

async function* encoded(values: AsyncIterable<unknown>): AsyncIterable<string> {
  for await (const value of values) yield `${JSON.stringify(value)}\n`;
}
