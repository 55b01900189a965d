/** What a deployment would do. */
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";

import { may } from "../core/permissions.ts";
import { preview } from "../deployments/preview.ts";
import type { Preview } from "../deployments/preview.ts";
import { targetAndOrigin } from "../deployments/request-by-name.ts";
import type { ApiContext } from "./context.ts";
import { prepareLines, rolloutLines } from "./plan-lines.ts";
import { ApiProblem } from "./problems.ts";
import { planRequest, planView } from "./views.ts";
import type { PlanView } from "./views.ts";

const limitMilliseconds = 30 * 60 * 1000;

export function planRoutes(context: ApiContext): FastifyPluginAsyncZod {
  return async (app) => {
    app.post(
      "/plans",
      { config: { right: "view", environment: "body" }, schema: { body: planRequest, response: { 200: planView } } },
      async ({ body, caller }) => {
        // A build runs what the repository says.
        if (body.build && !may(caller, "deploy", body.environment))
          throw new ApiProblem(
            403,
            "SB-API-RIGHT",
            `${caller.name} may not build; it needs the right deploy in ${body.environment}`,
          );
        const { target, origin } = await targetAndOrigin(body, context);
        const seen = await preview(
          target,
          origin,
          { build: body.build, signal: AbortSignal.timeout(limitMilliseconds) },
          context.world,
        );
        return toPlanView(body, seen);
      },
    );
  };
}

function toPlanView(
  { service, environment }: { readonly service: string; readonly environment: string },
  seen: Preview,
): PlanView {
  return {
    service,
    environment,
    digest: seen.digest ?? null,
    open: [...seen.open],
    prepare: prepareLines(seen.prepare.steps),
    rollout: seen.rollout === undefined ? [] : rolloutLines(seen.rollout),
    hosts: seen.hosts.map(({ unitDiff, settingsChange: _, variables: { added, removed, changed }, ...host }) => ({
      ...host,
      unitDiff: [...unitDiff],
      variables: { added: [...added], removed: [...removed], changed: [...changed] },
    })),
    interlocks: [...seen.interlocks],
    rollBackRestores: seen.rollBackRestores,
    freeze: seen.freeze ?? null,
    release: seen.release?.number ?? null,
    secrets: [...seen.secrets],
  };
}
