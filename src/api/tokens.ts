/** Tokens: make, list, revoke; an administrator for machines, each person their own. A token is in one answer only. */
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";

import { createToken, revokeToken } from "../deployments/tokens.ts";
import type { World } from "../deployments/world.ts";
import type { TokenRow } from "../ports/store.ts";
import type { ApiContext } from "./context.ts";
import { ApiProblem } from "./problems.ts";
import { newTokenView, tokenName, tokenRequest, tokenView } from "./views.ts";
import type { TokenView } from "./views.ts";

type Api = Parameters<FastifyPluginAsyncZod>[0];

const params = z.strictObject({ name: tokenName });
const schemas = {
  create: { body: tokenRequest, response: { 201: newTokenView } },
  list: { response: { 200: z.array(tokenView) } },
  revoke: { params, response: { 200: z.strictObject({ revoked: z.string() }) } },
};

export function tokenRoutes({ world }: ApiContext): FastifyPluginAsyncZod {
  return async (app) => {
    tokensOfAll(app, world);
    tokensOfOnesOwn(app, world);
  };
}

function tokensOfAll(app: Api, world: World): void {
  const config = { right: "admin", environment: "every" } as const;
  app.post("/tokens", { config, schema: schemas.create }, async ({ body, caller }, reply) =>
    reply.code(201).send(await createToken({ ...body, for: "machine" }, caller, world)),
  );
  app.get("/tokens", { config, schema: schemas.list }, async () => listed(await world.store.tokens(), world));
  app.delete("/tokens/:name", { config, schema: schemas.revoke }, async ({ params: { name }, caller }) => {
    if (await revokeToken(name, caller.name, world)) return { revoked: name };
    throw noToken(name);
  });
}

function tokensOfOnesOwn(app: Api, world: World): void {
  const config = { right: "person" } as const;
  const own = async (login: string | undefined): Promise<readonly TokenRow[]> =>
    (await world.store.tokens()).filter((token) => token.login !== null && token.login === login);

  app.post("/my/tokens", { config, schema: schemas.create }, async ({ body, caller }, reply) =>
    reply.code(201).send(await createToken({ ...body, for: "person" }, caller, world)),
  );
  app.get("/my/tokens", { config, schema: schemas.list }, async ({ caller }) => listed(await own(caller.login), world));
  app.delete("/my/tokens/:name", { config, schema: schemas.revoke }, async ({ params: { name }, caller }) => {
    const isOwn = (await own(caller.login)).some((token) => token.name === name);
    if (isOwn && (await revokeToken(name, caller.name, world))) return { revoked: name };
    throw noToken(name);
  });
}

function listed(tokens: readonly TokenRow[], { clock }: World): TokenView[] {
  const now = clock.now();
  return tokens.map(({ hash: _, ...token }) => ({ ...token, expired: now >= token.expiresAt }));
}

function noToken(name: string): ApiProblem {
  return new ApiProblem(404, "SB-API-NO-TOKEN", `there is no token ${name}`, "signalbox tokens list");
}
