/** The installation itself: configuration, backup, thaw, version. */
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";

import { thaw } from "../deployments/frozen.ts";
import type { ApiContext } from "./context.ts";

export function systemRoutes({ world, applyConfiguration, version }: ApiContext): FastifyPluginAsyncZod {
  return async (app) => {
    const admin = { config: { right: "admin", environment: "every" } } as const;

    app.get("/version", { config: { right: "signed-in" } }, async () => ({
      version,
      ...(await world.store.installation()),
    }));

    const configuration = z.strictObject({ text: z.string().max(256 * 1024), file: z.string().max(500) });
    app.post(
      "/configuration",
      { config: { right: "configure", environment: "every" }, schema: { body: configuration } },
      async (request) => applyConfiguration(request.body.text, request.body.file, request.caller),
    );

    app.post(
      "/backups",
      { ...admin, schema: { body: z.strictObject({ file: z.string().regex(/^\/[^\0]{1,4000}$/) }) } },
      async (request, reply) => {
        await world.store.backup(request.body.file);
        return reply.code(201).send({ file: request.body.file });
      },
    );

    app.post("/thaw", { ...admin }, async (request) => {
      await thaw(request.caller.name, world);
      return world.store.installation();
    });
  };
}
