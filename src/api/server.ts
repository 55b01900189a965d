/** The HTTP API: one schema per route gives validation, types and OpenAPI; every route has a rule for who may call it. */
import swagger from "@fastify/swagger";
import fastify from "fastify";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { jsonSchemaTransform, serializerCompiler, validatorCompiler } from "fastify-type-provider-zod";
import type { ZodTypeProvider } from "fastify-type-provider-zod";

import { artifactRoutes } from "./artifacts.ts";
import { accessOf } from "./access.ts";
import { mayCall } from "../core/permissions.ts";
import type { Caller } from "../core/permissions.ts";
import type { ApiContext } from "./context.ts";
import { deploymentRoutes } from "./deployments.ts";
import { hostRoutes } from "./hosts.ts";
import { planRoutes } from "./plans.ts";
import { answerProblem, ApiProblem } from "./problems.ts";
import { serviceRoutes } from "./services.ts";
import { systemRoutes } from "./system.ts";
import { tokenRoutes } from "./tokens.ts";

const bodyLimitBytes = 1024 * 1024;

export interface ListenOptions {
  /**
   * Who a caller without a token is. Only for a socket whose file permissions already say who may connect; over TCP
   * every caller needs a token.
   */
  readonly trusted?: Caller;
  /** Log requests as JSON lines. */
  readonly log?: boolean;
}

export async function buildApi(
  context: ApiContext,
  { trusted, log = false }: ListenOptions = {},
): Promise<FastifyInstance> {
  const app = fastify({
    bodyLimit: bodyLimitBytes,
    logger: log,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 200 },
    frameworkErrors: (error, request, reply) => void answerProblem(error, request, reply),
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(answerProblem);
  app.removeContentTypeParser("text/plain");
  app.setNotFoundHandler(async () => {
    throw new ApiProblem(404, "SB-API-NO-ROUTE", "there is nothing at this address", "GET /api/v1/openapi.json");
  });
  app.decorate("rules", []);
  app.addHook("onRoute", ({ method, url, config }) => {
    for (const one of [method].flat()) app.rules.push({ method: one, url, scope: config?.scope });
  });
  app.decorateRequest("caller");
  app.addHook("onRequest", async (request) => {
    request.caller = await admit(request, context, trusted);
  });
  // Not before the body was read: what is read for a request belongs to its socket, and forgets from where it came.
  app.addHook("preHandler", (request, _reply, done) => context.world.store.within(accessOf(request), done));
  app.addHook("onSend", async (_request: FastifyRequest, reply: FastifyReply) => {
    reply.header("x-content-type-options", "nosniff");
  });

  await app.register(swagger, {
    openapi: {
      info: { title: "Signalbox", version: context.version },
      components: { securitySchemes: { token: { type: "http", scheme: "bearer" } } },
    },
    transform: jsonSchemaTransform,
  });
  for (const routes of [
    deploymentRoutes,
    planRoutes,
    serviceRoutes,
    hostRoutes,
    artifactRoutes,
    systemRoutes,
    tokenRoutes,
  ]) {
    await app.register(routes(context), { prefix: "/api/v1" });
  }
  app.get("/api/v1/openapi.json", { config: { scope: "open" } }, async () => app.swagger());
  app.get("/healthz", { config: { scope: "open" } }, async () => "ok");
  return app;
}

const nobody: Caller = { name: "nobody", scopes: [] };

/** Deny by default: a route without a rule is closed to everybody. */
async function admit(request: FastifyRequest, { callerOf }: ApiContext, trusted: Caller | undefined): Promise<Caller> {
  const { scope } = request.routeOptions.config;
  if (scope === "open" || request.is404) return trusted ?? nobody;
  const token = /^Bearer ([\x21-\x7e]{1,200})$/.exec(request.headers.authorization ?? "")?.[1];
  const caller = token === undefined ? trusted : await callerOf(token);
  if (caller === undefined)
    throw new ApiProblem(401, "SB-API-TOKEN", "a valid token is needed", "signalbox tokens create NAME, on the server");
  if (!mayCall(caller, scope)) {
    throw new ApiProblem(
      403,
      "SB-API-SCOPE",
      `${caller.name} may not do this; it needs the scope ${scope ?? "(none: the route is closed)"}`,
    );
  }
  return caller;
}
