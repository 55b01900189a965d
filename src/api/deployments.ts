/** Deployments: ask for them, look at them, steer them. */
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";

import { fold } from "../core/fold.ts";
import type { Caller } from "../core/permissions.ts";
import { environmentsWith, may } from "../core/permissions.ts";
import { requestDeploy, requestRestart, requestRollBack } from "../deployments/request-by-name.ts";
import { abort, endWatch, override, pause, promote, resume } from "../deployments/steer.ts";
import type { World } from "../deployments/world.ts";
import type { DeploymentSummary } from "../ports/store.ts";
import type { ApiContext } from "./context.ts";
import { streamJournal } from "./live.ts";
import { ApiProblem } from "./problems.ts";
import {
  deploymentRef,
  deploymentView,
  deployRequest,
  environmentName,
  overrideRequest,
  restartRequest,
  rollBackRequest,
  serviceName,
  steerRequest,
} from "./views.ts";
import type { DeploymentView } from "./views.ts";

type Api = Parameters<FastifyPluginAsyncZod>[0];

const ask = { config: { right: "deploy", environment: "body" } } as const;
const steering = { config: { right: "deploy", environment: "deployment" } } as const;
const look = { config: { right: "view", environment: "deployment" } } as const;
const lookAround = { config: { right: "view", environment: "any" } } as const;
const params = z.strictObject({ ref: deploymentRef });
const after = z.strictObject({ after: z.coerce.number().int().nonnegative().default(0) });
const filter = z.strictObject({
  service: serviceName.optional(),
  environment: environmentName.optional(),
  limit: z.coerce.number().int().min(1).max(500).default(20),
});

export function deploymentRoutes(context: ApiContext): FastifyPluginAsyncZod {
  return async (app) => {
    askRoutes(app, context);
    steerRoutes(app, context.world);
    lookRoutes(app, context.world);
  };
}

/** The deployment that a client names, or the problem that there is none. */
export async function findDeployment(ref: string, { store }: World): Promise<DeploymentSummary> {
  const summary = await store.summary(ref);
  if (summary === undefined) throw noDeployment(ref);
  return summary;
}

export function noDeployment(ref: string): ApiProblem {
  return new ApiProblem(404, "SB-API-NO-DEPLOYMENT", `there is no deployment ${ref}`, "signalbox history");
}

export function toView({ behind, onlyHosts: _, ...summary }: DeploymentSummary): DeploymentView {
  return { ...summary, behind: [...behind] };
}

function askRoutes(app: Api, context: ApiContext): void {
  const { world } = context;
  const response = { 202: deploymentView };
  app.post("/deployments", { ...ask, schema: { body: deployRequest, response } }, async (request, reply) => {
    mayBreakGlass(request.body, request.caller);
    const id = await requestDeploy(request.body, request.caller.name, context);
    return reply.code(202).send(toView(await findDeployment(id, world)));
  });
  app.post("/rollbacks", { ...ask, schema: { body: rollBackRequest, response } }, async (request, reply) => {
    const id = await requestRollBack(request.body, request.caller.name, context);
    return reply.code(202).send(toView(await findDeployment(id, world)));
  });
  app.post("/restarts", { ...ask, schema: { body: restartRequest, response } }, async (request, reply) => {
    const id = await requestRestart(request.body, request.caller.name, context);
    return reply.code(202).send(toView(await findDeployment(id, world)));
  });
}

function steerRoutes(app: Api, world: World): void {
  const schema = { params, response: { 200: deploymentView } };
  for (const [verb, steer] of [
    ["pause", pause],
    ["resume", resume],
    ["promote", promote],
    ["end-watch", endWatch],
  ] as const) {
    app.post(`/deployments/:ref/${verb}`, { ...steering, schema }, async (request) => {
      const { id } = await findDeployment(request.params.ref, world);
      await steer(id, request.caller.name, world);
      return toView(await findDeployment(id, world));
    });
  }
  app.post("/deployments/:ref/abort", { ...steering, schema: { ...schema, body: steerRequest } }, async (request) => {
    const { id } = await findDeployment(request.params.ref, world);
    await abort(id, request.caller.name, request.body.reason, world);
    return toView(await findDeployment(id, world));
  });
  app.post(
    "/deployments/:ref/override",
    { ...steering, schema: { ...schema, body: overrideRequest } },
    async (request) => {
      const { id } = await findDeployment(request.params.ref, world);
      await mayPassFreeze(id, request.caller, world);
      await override(id, request.caller.name, request.body.reason, world);
      return toView(await findDeployment(id, world));
    },
  );
}

/** With the name of a person: somebody has to answer for it in the review. */
function mayBreakGlass(
  { breakGlass, environment }: { readonly breakGlass?: string | undefined; readonly environment: string },
  caller: Caller,
): void {
  if (breakGlass === undefined) return;
  if (caller.login !== undefined && may(caller, "break-glass", environment)) return;
  throw new ApiProblem(
    403,
    "SB-API-RIGHT",
    `${caller.name} may not break the glass; that takes a person with the right break-glass in ${environment}`,
    "ask an approver: signalbox inbox --all",
  );
}

/** A freeze is set aside by those alone who could remove its window, or who may break the glass. */
async function mayPassFreeze(id: string, caller: Caller, { store }: World): Promise<void> {
  const { frozen, request } = fold(id, await store.journal(id));
  if (frozen === undefined) return;
  const { environment } = request;
  if (may(caller, "break-glass", environment) || may(caller, "configure", environment)) return;
  throw new ApiProblem(
    403,
    "SB-API-RIGHT",
    `${caller.name} may not set a freeze aside; it needs the right break-glass or configure in ${environment}`,
    "signalbox freeze except, which two people make together",
  );
}

function lookRoutes(app: Api, world: World): void {
  app.get(
    "/deployments",
    { ...lookAround, schema: { querystring: filter, response: { 200: z.array(deploymentView) } } },
    async ({ query, caller }) => {
      const { service, environment, limit } = query;
      const seen = environmentsWith(caller, "view");
      const found = await world.store.deployments({
        ...(service === undefined ? {} : { service }),
        ...(environment === undefined ? {} : { environment }),
        ...(seen === "every" ? {} : { environments: seen }),
        limit,
      });
      return found.map(toView);
    },
  );
  app.get("/deployments/:ref", { ...look, schema: { params, response: { 200: deploymentView } } }, async (request) =>
    toView(await findDeployment(request.params.ref, world)),
  );
  app.get("/deployments/:ref/journal", { ...look, schema: { params, querystring: after } }, async (request) => {
    const { id } = await findDeployment(request.params.ref, world);
    return world.store.journal(id, request.query.after);
  });
  app.get("/deployments/:ref/events", { ...look, schema: { params, querystring: after } }, async (request, reply) => {
    const { id } = await findDeployment(request.params.ref, world);
    const seen = Number(request.headers["last-event-id"] ?? request.query.after);
    await streamJournal(reply, world, id, Number.isSafeInteger(seen) ? seen : 0);
  });
}
