/** Messages: what became of them, and one that only tries whether somebody can be reached. */
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";

import { addresseeKey } from "../core/message.ts";
import { tryOut } from "../deployments/messages/try-out.ts";
import type { ListedMessage } from "../ports/outbox.ts";
import type { ApiContext } from "./context.ts";
import { messageQuery, messageView, testAnswer, testRequest } from "./message-views.ts";
import type { MessageView } from "./message-views.ts";

const config = { right: "admin", environment: "every" } as const;

export function messageRoutes({ world, settings }: ApiContext): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      "/messages",
      { config, schema: { querystring: messageQuery, response: { 200: z.array(messageView) } } },
      async ({ query: { state, limit } }) => {
        const filter = { ...(state === undefined ? {} : { state }), ...(limit === undefined ? {} : { limit }) };
        return (await world.store.outbox.list(filter)).map(viewOf);
      },
    );
    app.post(
      "/messages/test",
      { config, schema: { body: testRequest, response: { 201: testAnswer } } },
      async ({ body, caller }, reply) => {
        const to =
          "person" in body
            ? ({ kind: "person", login: body.person } as const)
            : ({ kind: "channel", environment: body.environment } as const);
        return reply.code(201).send(await tryOut(to, caller.name, settings, world));
      },
    );
  };
}

function viewOf({ key, to, message, state, at, tries, lastError, via, address, next }: ListedMessage): MessageView {
  const deployment = message.kind === "test" ? null : `d-${message.about.number}`;
  return { key, kind: message.kind, deployment, to: addresseeKey(to), state, at, tries, lastError, via, address, next };
}
