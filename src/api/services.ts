/** Services where they run: what serves, and their logs. */
import { PassThrough } from "node:stream";

import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";

import type { Side } from "../core/traffic.ts";
import { environmentsWith } from "../core/permissions.ts";
import { UnknownName } from "../core/settings.ts";
import { serviceLog } from "../deployments/service-log.ts";
import { status } from "../deployments/status.ts";
import { targetNow } from "../deployments/target-now.ts";
import { trafficStatus } from "../deployments/traffic.ts";
import type { TrafficStatus } from "../deployments/traffic.ts";
import type { World } from "../deployments/world.ts";
import type { LogName } from "../ports/logs.ts";
import type { ApiContext } from "./context.ts";
import { findDeployment, toView } from "./deployments.ts";
import { lineStream, sendLines } from "./lines.ts";
import { deploymentRef, environmentName, hostName, placeView, serviceName, trafficView } from "./views.ts";
import type { TrafficView } from "./views.ts";

type Api = Parameters<FastifyPluginAsyncZod>[0];

const lookAround = { config: { right: "view", environment: "any" } } as const;
const flag = z
  .enum(["true", "false"])
  .default("false")
  .transform((value) => value === "true");
/** A client that reads a log more slowly than it is written for this long is sent away. */
const mostUnreadBytes = 16 * 1024 * 1024;

export function serviceRoutes(context: ApiContext): FastifyPluginAsyncZod {
  return async (app) => {
    statusRoute(app, context);
    trafficRoute(app, context);
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
  app.get(
    "/status",
    { ...lookAround, schema: { querystring, response: { 200: z.array(placeView) } } },
    async ({ query, caller }) => {
      const places = await status({ ...query, environments: environmentsWith(caller, "view") }, settings, world);
      return places.map((place) => ({
        ...place,
        hosts: [...place.hosts],
        lastDeployment: place.lastDeployment && toView(place.lastDeployment),
        traffic: place.traffic && toTrafficView(place.traffic),
      }));
    },
  );
}

function trafficRoute(app: Api, { settings, world }: ApiContext): void {
  const querystring = z.strictObject({ service: serviceName.optional(), environment: environmentName.optional() });
  app.get(
    "/traffic",
    { ...lookAround, schema: { querystring, response: { 200: z.array(trafficView) } } },
    async ({ query, caller }) => {
      const environments = environmentsWith(caller, "view");
      return (await trafficStatus({ ...query, environments }, settings, world)).map(toTrafficView);
    },
  );
}

function toTrafficView({ proxies, ...status }: TrafficStatus): TrafficView {
  return {
    ...status,
    proxies: proxies.map(({ proxy, active, share, members }) => ({
      proxy,
      active,
      share,
      members: Object.entries(members).map(([name, state]) => {
        const [side, host] = name.split("/") as [Side, string];
        return { side, host, ...state };
      }),
    })),
  };
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
    { config: { right: "view", environment: "params" }, schema: { params, querystring } },
    async (request, reply) => {
      const target = await targetNow(request.params, { settings, world });
      const { host, lines, follow } = request.query;
      const gone = new AbortController();
      reply.raw.on("close", () => gone.abort());
      const out = new PassThrough();
      const onLine = (from: string, text: string): void => {
        out.write(`${JSON.stringify({ at: world.clock.now(), host: from, text })}\n`);
        if (out.writableLength > mostUnreadBytes) out.destroy(new Error("the client does not keep up with the log"));
      };
      if (host !== undefined && !target.hosts.includes(host))
        throw new UnknownName(
          `${host} is not a host of ${target.service} in ${target.environment}; its hosts are ${target.hosts.join(", ")}`,
        );
      const hosts = host === undefined ? target.hosts : [host];
      serviceLog(target, hosts, { lines, follow, signal: gone.signal, onLine }, world).then(
        () => out.end(),
        (error: Error) => out.destroy(error),
      );
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
  const config = { right: "view", environment: "deployment" } as const;
  app.get("/deployments/:ref/log", { config, schema: { params, querystring } }, async (request, reply) => {
    const { id } = await findDeployment(request.params.ref, world);
    const { host, step, last } = request.query;
    const names = await world.logs.list(id);
    const wanted = names.filter(
      (name) => (host ?? name.host) === name.host && (step ?? stepName(name)) === stepName(name),
    );
    return sendLines(reply, linesOf(wanted, last, world));
  });
}

async function* linesOf(names: readonly LogName[], last: number, { logs }: World): AsyncIterable<unknown> {
  for (const name of names) {
    for await (const { at, text } of logs.read(name, { last })) {
      yield { at, host: name.host, step: stepName(name), text };
    }
  }
}

function stepName({ track, step }: LogName): string {
  return `${track}-${step}`;
}
