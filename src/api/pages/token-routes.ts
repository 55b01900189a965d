/** Making and revoking one's own tokens: the way to the command line for whoever signs in on a page. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";

import type { Caller } from "../../core/permissions.ts";
import { createToken, revokeToken, TokenRefused } from "../../deployments/tokens.ts";
import type { NewToken } from "../../deployments/tokens.ts";
import { NameTaken } from "../../ports/store.ts";
import { tokenName } from "../views.ts";
import { goTo, sendPage } from "./answer.ts";
import type { PagesContext } from "./pages-context.ts";
import { choosableDays, tokensPage } from "./token-view.ts";
import type { TokensShown } from "./token-view.ts";
import { readerOf } from "./visitor.ts";

const person = { config: { page: true, right: "person" } } as const;

const form = z.string();
const tokenForm = z.strictObject({
  form,
  name: z.string().trim().max(100),
  what: z.enum(["everything", "look"]),
  days: z.enum(choosableDays.map(String)),
});
const revokeForm = z.strictObject({ form, name: tokenName });

export function tokenPageRoutes(app: FastifyInstance, context: PagesContext): void {
  const { world } = context;
  const show = async (request: FastifyRequest): Promise<TokensShown> => {
    const { login } = request.caller;
    const tokens = await world.store.tokens();
    return { tokens: tokens.filter((token) => token.login !== null && token.login === login) };
  };
  app.get("/tokens", person, async (request, reply) =>
    sendPage(request, reply, tokensPage(await show(request), readerOf(request, context)), context),
  );
  app.post("/tokens", person, async (request, reply) => {
    const made = await make(tokenForm.parse(request.body), request.caller, context);
    const answer = typeof made === "string" ? { wrong: made } : { made };
    const page = tokensPage({ ...(await show(request)), ...answer }, readerOf(request, context));
    return sendPage(request, reply, page, context, typeof made === "string" ? 400 : 200);
  });
  app.post("/tokens/revoke", person, async (request, reply) => {
    const { name } = revokeForm.parse(request.body);
    const { tokens } = await show(request);
    if (tokens.some((token) => token.name === name)) await revokeToken(name, request.caller.name, world);
    return goTo(reply, "/tokens");
  });
}

async function make(
  { name, what, days }: z.output<typeof tokenForm>,
  caller: Caller,
  { world }: PagesContext,
): Promise<NewToken | NonNullable<TokensShown["wrong"]>> {
  const grants = caller.grants.filter(({ right }) => what === "everything" || right === "view");
  if (!tokenName.safeParse(name).success) return "refused";
  try {
    return await createToken({ name, for: "person", grants, days: Number(days) }, caller, world);
  } catch (error) {
    if (error instanceof NameTaken) return "taken";
    if (error instanceof TokenRefused) return "refused";
    throw error;
  }
}
