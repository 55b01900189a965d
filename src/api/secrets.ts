/** Secrets: set, list, remove, check. Values are write-only: no route gives one. */
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";

import type { Caller } from "../core/permissions.ts";
import { may } from "../core/permissions.ts";
import { secretTitle } from "../core/secret.ts";
import { checkSecrets, removeSecret, setSecret } from "../deployments/secrets/keep-secrets.ts";
import type { ApiContext } from "./context.ts";
import { ApiProblem } from "./problems.ts";
import { checkedSecretView, namedSecret, newSecret, rotatedView, secretView, setSecretView } from "./secret-views.ts";

type Api = Parameters<FastifyPluginAsyncZod>[0];

export function secretRoutes(context: ApiContext): FastifyPluginAsyncZod {
  return async (app) => {
    changingRoutes(app, context);
    lookingRoutes(app, context);
  };
}

function changingRoutes(app: Api, { world }: ApiContext): void {
  // What is of no environment is of every one, and needs the right everywhere.
  const config = { right: "secrets", environment: "body" } as const;
  app.post(
    "/secrets",
    { config, schema: { body: newSecret, response: { 201: setSecretView } } },
    async ({ body, caller }, reply) => {
      const { pin, warning } = await setSecret({ ...body, by: caller.name }, world);
      return reply.code(201).send({ ...pin, warning });
    },
  );
  app.post(
    "/secrets/remove",
    { config, schema: { body: namedSecret, response: { 200: z.strictObject({ removed: z.string() }) } } },
    async ({ body: id, caller }) => {
      if (await removeSecret(id, caller.name, world)) return { removed: secretTitle(id) };
      throw new ApiProblem(404, "SB-API-NO-SECRET", `there is no secret ${secretTitle(id)}`, "signalbox secrets list");
    },
  );
  app.post(
    "/secrets/rotate-key",
    { config: { right: "admin", environment: "every" }, schema: { response: { 200: rotatedView } } },
    async ({ caller }) => world.secrets.rotateKey(caller.name),
  );
}

function lookingRoutes(app: Api, { settings, world }: ApiContext): void {
  const config = { right: "secrets", environment: "any" } as const;
  app.get("/secrets", { config, schema: { response: { 200: z.array(secretView) } } }, async ({ caller }) => {
    const all = await world.secrets.list();
    const shown = all.filter(({ environment }) => mayKeep(caller, environment));
    return shown.map(({ versions, ...id }) => ({ ...id, versions: [...versions] }));
  });
  app.get(
    "/secrets/check",
    { config, schema: { response: { 200: z.array(checkedSecretView) } } },
    async ({ caller }) => {
      const all = await checkSecrets(settings, world);
      const shown = all.filter(({ environment }) => mayKeep(caller, environment));
      return shown.map(({ holds = null, problem = null, ...reference }) => ({ ...reference, holds, problem }));
    },
  );
}

function mayKeep(caller: Caller, environment: string | null): boolean {
  return may(caller, "secrets", environment);
}
