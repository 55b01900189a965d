/** Hosts: are they fit, and bring one to what it should serve. */
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";

import { adopt } from "../deployments/adopt.ts";
import { doctor } from "../deployments/doctor.ts";
import { syncHost } from "../deployments/sync-host.ts";
import { takeOver } from "../deployments/take-over.ts";
import type { ApiContext } from "./context.ts";
import { toView } from "./deployments.ts";
import { sendLines } from "./lines.ts";
import { adoptRequest, deploymentView, hostName, takenOverView, takeOverRequest } from "./views.ts";

export function hostRoutes({ world, settings }: ApiContext): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      "/doctor",
      {
        config: { right: "view", environment: "every" },
        schema: { querystring: z.strictObject({ host: hostName.optional() }) },
      },
      async (request, reply) => {
        return sendLines(reply, doctor(request.query.host, settings, world));
      },
    );

    const params = z.strictObject({ host: hostName });
    app.post(
      "/hosts/:host/sync",
      {
        config: { right: "deploy", environment: "host" },
        schema: { params, response: { 202: z.array(deploymentView) } },
      },
      async (request, reply) => {
        const ids = await syncHost(request.params.host, request.caller.name, settings, world);
        const found = await Promise.all(ids.map(async (id) => world.store.summary(id)));
        return reply.code(202).send(found.filter((summary) => summary !== undefined).map(toView));
      },
    );

    app.post(
      "/hosts/:host/take-over",
      {
        config: { right: "admin", environment: "every" },
        schema: { params, body: takeOverRequest, response: { 200: z.array(takenOverView) } },
      },
      async (request) => {
        const { host } = request.params;
        return [...(await takeOver(host, request.body.reason, request.caller.name, settings, world))];
      },
    );

    app.post(
      "/adoptions",
      { config: { right: "deploy", environment: "body" }, schema: { body: adoptRequest } },
      async (request) => adopt(request.body, request.caller.name, settings, world),
    );
  };
}
