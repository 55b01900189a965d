/** Services where they run: what serves, and their logs. */
import { PassThrough } from "node:stream";

import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";

import { serviceLog } from "../deployments/service-log.ts";
import { status } from "../deployments/status.ts";
import type { World } from "../deployments/world.ts";
import type { LogName } from "../ports/logs.ts";
import type { ApiContext } from "./context.ts";
import { findDeployment, toView } from "./deployments.ts";
import { deploymentRef, environmentName, hostName, placeView, serviceName } from "./views.ts";

type Api = Parameters<FastifyPluginAsyncZod>[0];

const read = { config: { scope: "read" as const } };
const flag = z
  .enum(["true", "false"])
  .default("false")
  .transform((value) => value === "true");
const lineStream = "application/x-ndjson";

export function serviceRoutes(context: ApiContext): FastifyPluginAsyncZod {
  return async (app) => {
    statusRoute(app, context);
    serviceLogRoute(app, context);
    stepLogRoute(app, context.world);
  };
}

function statusRoute(app: Api, { settings, world }: ApiContext): void {
  const querystring = z.strictObject({
    service: serviceName.optional(),
    environment: environmentName.optional(),
    live: flag,
  });
  app.get("/status", { ...read, schema: { querystring, response: { 200: z.array(placeView) } } }, async ({ query }) => {
    const places = await status(query, settings, world);
    return places.map((place) => ({
      ...place,
      hosts: [...place.hosts],
      lastDeployment: place.lastDeployment && toView(place.lastDeployment),
    }));
  });
}

function serviceLogRoute(app: Api, { settings, world }: ApiContext): void {
  const params = z.strictObject({ service: serviceName, environment: environmentName });
  const querystring = z.strictObject({
    host: hostName.optional(),
    lines: z.coerce.number().int().min(1).max(10_000).default(100),
    follow: flag,
  });
  app.get(
    "/services/:service/:environment/log",
    { ...read, schema: { params, querystring } },
    async (request, reply) => {
      const target = settings.target(request.params.service, request.params.environment);
      const { host, lines, follow } = request.query;
      const gone = new AbortController();
      reply.raw.on("close", () => gone.abort());
      const out = new PassThrough();
      const onLine = (from: string, text: string): void => {
        out.write(`${JSON.stringify({ at: world.clock.now(), host: from, text })}\n`);
      };
      const hosts = host === undefined ? target.hosts : [host];
      void serviceLog(target, hosts, { lines, follow, signal: gone.signal, onLine }, world).finally(() => out.end());
      return reply.type(lineStream).send(out);
    },
  );
}

function stepLogRoute(app: Api, world: World): void {
  const params = z.strictObject({ ref: deploymentRef });
  const querystring = z.strictObject({
    host: hostName.optional(),
    step: z.string().max(60).optional(),
    last: z.coerce.number().int().min(1).max(100_000).default(1000),
  });
  app.get("/deployments/:ref/log", { ...read, schema: { params, querystring } }, async (request, reply) => {
    const { id } = await findDeployment(request.params.ref, world);
    const { host, step, last } = request.query;
    const names = await world.logs.list(id);
    const wanted = names.filter(
      (name) => (host ?? name.host) === name.host && (step ?? stepName(name)) === stepName(name),
    );
    const out = new PassThrough();
    void sendLogs(wanted, last, world, out).finally(() => out.end());
    return reply.type(lineStream).send(out);
  });
}

async function sendLogs(names: readonly LogName[], last: number, { logs }: World, out: PassThrough): Promise<void> {
  for (const name of names) {
    for await (const { at, text } of logs.read(name, { last })) {
      out.write(`${JSON.stringify({ at, host: name.host, step: stepName(name), text })}\n`);
    }
  }
}

function stepName({ track, step }: LogName): string {
  return `${track}-${step}`;
}
