/** Artifacts that were built elsewhere. */
import { createWriteStream } from "node:fs";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";

import type { ApiContext } from "./context.ts";
import { ApiProblem } from "./problems.ts";

const largestBytes = 4 * 1024 * 1024 * 1024;

export function artifactRoutes({ world }: ApiContext): FastifyPluginAsyncZod {
  return async (app) => {
    app.removeAllContentTypeParsers();
    // The body is a file of any kind: it goes to disk as it comes, and is looked at only when it is there.
    app.addContentTypeParser("application/octet-stream", { bodyLimit: largestBytes }, (_request, payload, done) =>
      done(null, payload),
    );

    const query = z.strictObject({ name: z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9._+-]{0,127}$/) });
    app.post(
      "/artifacts",
      { config: { right: "artifacts", environment: "any" }, bodyLimit: largestBytes, schema: { querystring: query } },
      async (request, reply) => {
        if (!(request.body instanceof Readable))
          throw new ApiProblem(415, "SB-API-REQUEST", "the artifact itself is the body, as application/octet-stream");
        const upload = `upload-${crypto.randomUUID()}`;
        const directory = await world.workspaces.fresh(upload, "file");
        const file = path.join(directory, request.query.name);
        try {
          await pipeline(request.body as Readable, createWriteStream(file, { flags: "wx", mode: 0o600 }));
          return await reply.code(201).send(await world.artifacts.takeIn(file));
        } finally {
          await world.workspaces.drop(upload);
        }
      },
    );
  };
}
