/** The HTTP API: one schema per route gives validation, types and OpenAPI; every route has a rule for who may call it. */
import swagger from "@fastify/swagger";
import fastify from "fastify";
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifyServerOptions } from "fastify";
import { jsonSchemaTransform, serializerCompiler, validatorCompiler } from "fastify-type-provider-zod";
import type { ZodTypeProvider } from "fastify-type-provider-zod";

import { admit } from "./admission.ts";
import { artifactRoutes } from "./artifacts.ts";
import { accessOf } from "./access.ts";
import type { Caller } from "../core/permissions.ts";
import { approvalRoutes } from "./approvals.ts";
import { auditRoutes } from "./audit.ts";
import type { ApiContext } from "./context.ts";
import { deploymentRoutes } from "./deployments.ts";
import { freezeRoutes } from "./freezes.ts";
import { hostRoutes } from "./hosts.ts";
import { peopleRoutes } from "./people.ts";
import { messageRoutes } from "./messages.ts";
import type { PagesContext } from "./pages/pages-context.ts";
import { planRoutes } from "./plans.ts";
import { answerProblems, ApiProblem } from "./problems.ts";
import { secretRoutes } from "./secrets.ts";
import { signInApi } from "./sign-in.ts";
import { serviceRoutes } from "./services.ts";
import { systemRoutes } from "./system.ts";
import { tokenRoutes } from "./tokens.ts";
import { webhookRoutes } from "./webhooks.ts";

const bodyLimitBytes = 1024 * 1024;

export interface ListenOptions {
  /**
   * Who a caller without a token is. Only for a socket whose file permissions already say who may connect; over TCP
   * every caller needs a token or a session.
   */
  readonly trusted?: () => Promise<Caller>;
  /** Log requests as JSON lines. */
  readonly log?: boolean;
  /** Also give people pages. */
  readonly pages?: Omit<PagesContext, "world">;
  /** Proxies whose word is taken for where a request comes from: addresses, and networks such as `10.0.0.0/8`. */
  readonly proxies?: readonly string[];
  /** Speak TLS. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

export async function buildApi(context: ApiContext, options: ListenOptions = {}): Promise<FastifyInstance> {
  const app = emptyApi(context, options);
  await addRoutes(app, context);
  if (options.pages !== undefined) {
    // Only a server that listens needs them; a command with the engine in its own process starts without.
    const { pages } = await import("./pages/pages.ts");
    await app.register(pages({ ...options.pages, world: context.world }));
  }
  return app;
}

/** Every route that is added to it is checked by its rule. */
export function emptyApi(
  context: ApiContext,
  { trusted, log = false, proxies, tls }: ListenOptions = {},
): FastifyInstance {
  const { masks } = context.world;
  const answerProblem = answerProblems(masks);
  const options: FastifyServerOptions & { https?: object } = {
    bodyLimit: bodyLimitBytes,
    logger: log && { stream: { write: (line: string) => void process.stdout.write(masks.text(line)) } },
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 200 },
    frameworkErrors: (error, request, reply) => void answerProblem(error, request, reply),
    // Nobody else's word counts: without a list, what a request says about where it comes from is not read.
    ...(proxies === undefined || proxies.length === 0 ? {} : { trustProxy: [...proxies] }),
    ...(tls === undefined ? {} : { https: tls }),
  };
  const app = fastify(options as FastifyServerOptions).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(answerProblem);
  app.removeContentTypeParser("text/plain");
  app.setNotFoundHandler(async () => {
    throw new ApiProblem(404, "SB-API-NO-ROUTE", "there is nothing at this address", "GET /api/v1/openapi.json");
  });
  admit(app, context, trusted);
  // Not before the body was read: what is read for a request belongs to its socket, and forgets from where it came.
  app.addHook("preHandler", (request, _reply, done) => context.world.store.within(accessOf(request), done));
  app.addHook("onSend", async (_request: FastifyRequest, reply: FastifyReply) => {
    reply.header("x-content-type-options", "nosniff");
  });
  return app;
}

export async function addRoutes(app: FastifyInstance, context: ApiContext): Promise<void> {
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
    approvalRoutes,
    auditRoutes,
    freezeRoutes,
    messageRoutes,
    systemRoutes,
    tokenRoutes,
    signInApi,
    peopleRoutes,
    secretRoutes,
  ]) {
    await app.register(routes(context), { prefix: "/api/v1" });
  }
  await app.register(webhookRoutes(context), { prefix: "/hooks" });
  app.get("/api/v1/openapi.json", { config: { right: "open" } }, async () => app.swagger());
  app.get("/healthz", { config: { right: "open" } }, async () => "ok");
}
