/** Tokens: make, list, revoke. The token itself is in one answer only. */
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";

import { createToken, revokeToken } from "../deployments/tokens.ts";
import type { ApiContext } from "./context.ts";
import { ApiProblem } from "./problems.ts";
import { newTokenView, tokenName, tokenRequest, tokenView } from "./views.ts";

export function tokenRoutes({ world }: ApiContext): FastifyPluginAsyncZod {
  return async (app) => {
    const config = { scope: "admin" as const };

    app.post(
      "/tokens",
      { config, schema: { body: tokenRequest, response: { 201: newTokenView } } },
      async (request, reply) => {
        const { scopes, ...token } = await createToken(request.body, request.caller.name, world);
        return reply.code(201).send({ ...token, scopes: [...scopes] });
      },
    );

    app.get("/tokens", { config, schema: { response: { 200: z.array(tokenView) } } }, async () => {
      const now = world.clock.now();
      return (await world.store.tokens()).map(({ hash: _, scopes, ...token }) => ({
        ...token,
        scopes: [...scopes],
        expired: now >= token.expiresAt,
      }));
    });

    const params = z.strictObject({ name: tokenName });
    app.delete(
      "/tokens/:name",
      { config, schema: { params, response: { 200: z.strictObject({ revoked: z.string() }) } } },
      async (request) => {
        const { name } = request.params;
        if (await revokeToken(name, request.caller.name, world)) return { revoked: name };
        throw new ApiProblem(404, "SB-API-NO-TOKEN", `there is no token ${name}`, "signalbox tokens list");
      },
    );
  };
}
