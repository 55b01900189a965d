/** Signing in at a terminal: whoever knows a password gets a token of their own. */
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";

import { TooBusy } from "../deployments/sign-in/password-hash.ts";
import { signInForToken } from "../deployments/sign-in/sign-in-token.ts";
import type { TokenAnswer } from "../deployments/sign-in/sign-in-token.ts";
import { Throttle } from "../deployments/sign-in/throttle.ts";
import type { ApiContext } from "./context.ts";
import { refusePlainText } from "./plain-text.ts";
import { ApiProblem } from "./problems.ts";
import { newTokenView, tokenName } from "./views.ts";

export const signInRequest = z.strictObject({
  login: z.string().trim().min(1).max(127),
  password: z.string().max(1000),
  /** Of the token. */
  name: tokenName,
  days: z.int().min(1).max(90),
});
export type SignInRequest = z.output<typeof signInRequest>;

export function signInApi({ world }: ApiContext): FastifyPluginAsyncZod {
  return async (app) => {
    const throttle = new Throttle();
    app.addHook("onRequest", async (request) => refusePlainText(request));
    app.post(
      "/sign-in",
      { config: { right: "open" }, schema: { body: signInRequest, response: { 201: newTokenView } } },
      async ({ body, ip, socket }, reply) => {
        // A socket of the machine has no address.
        const from = socket.remoteAddress === undefined ? "127.0.0.1" : ip;
        const answer = await signInForToken({ ...body, from }, throttle, world).catch(whenBusy);
        if (answer.kind === "made") return reply.code(201).send(answer.made);
        throw problemOf(answer);
      },
    );
  };
}

function whenBusy(error: unknown): never {
  if (!(error instanceof TooBusy)) throw error;
  throw new ApiProblem(503, "SB-API-BUSY", "too many people sign in at once", "try again in a moment");
}

/** The same for an unknown login and a wrong password. */
function problemOf(answer: Exclude<TokenAnswer, { readonly kind: "made" }>): ApiProblem {
  if (answer.kind === "refused") {
    const next = "signalbox users code LOGIN, by an administrator, lets somebody choose a new password";
    return new ApiProblem(401, "SB-API-SIGN-IN", "this login and password do not fit", next);
  }
  const seconds = Math.max(1, Math.ceil(answer.milliseconds / 1000));
  return new ApiProblem(429, "SB-API-WAIT", `too many tries; the next one is taken in ${seconds} s`, null);
}
