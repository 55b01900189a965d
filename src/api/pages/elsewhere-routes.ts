/**
 * Signing in with somebody else's server. Beginning changes nothing here: what has to be remembered is in the browser,
 * for ten minutes and for one time.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

import { signInFromElsewhere } from "../../deployments/sign-in/elsewhere.ts";
import { IdentityRefused } from "../../ports/identity-provider.ts";
import { ApiProblem } from "../problems.ts";
import { goTo } from "./answer.ts";
import { pagePath } from "./guard.ts";
import type { Elsewhere, PagesContext } from "./pages-context.ts";
import { cookieIn, keepSession, sessionIn, setCookie } from "./visitor.ts";

const open = { config: { page: true, right: "open" } } as const;
const callbackPath = "/sign-in/elsewhere/back";
const secondsToComeBack = 600;
const cookie = "signalbox-elsewhere";

export function elsewhereRoutes(app: FastifyInstance, context: PagesContext): void {
  const { world } = context;

  app.get("/sign-in/elsewhere", open, async (request, reply) => {
    const { provider, server } = configured(context);
    const { next } = request.query as { readonly next?: unknown };
    return orSignIn(reply, request, async () => {
      const { url, kept } = await provider.begin(server + callbackPath);
      const value = `${kept}.${Buffer.from(pagePath(next)).toString("base64url")}`;
      setCookie(request, reply, { name: cookie, value, seconds: secondsToComeBack });
      return goTo(reply, url);
    });
  });

  // Its address has a code in it, which is not for the log.
  app.get(callbackPath, { ...open, logLevel: "warn" }, async (request, reply) => {
    const { provider, settings, server } = configured(context);
    const kept = cookieIn(request, cookie, /^[\w-]+(?:\.[\w-]+){3}$/);
    return orSignIn(reply, request, async () => {
      if (kept === undefined) throw new IdentityRefused("nobody went to the provider from this browser");
      const parts = kept.split(".");
      // The address as the provider knows it: who asks could write another host into the request.
      const identity = await provider.finish(server + request.url, parts.slice(0, 3).join("."));
      const answer = await signInFromElsewhere(identity, settings, request.ip, world, sessionIn(request));
      forget(request, reply);
      if (answer.kind === "unknown") return goTo(reply, "/sign-in?said=elsewhereUnknown");
      keepSession(request, reply, answer.token);
      return goTo(reply, pagePath(Buffer.from(parts[3]!, "base64url").toString()));
    });
  });
}

function configured({ elsewhere, server }: PagesContext): Elsewhere & { readonly server: string } {
  const configuration = elsewhere?.();
  const url = server();
  if (configuration !== undefined && url !== undefined) return { ...configuration, server: url };
  throw new ApiProblem(404, "SB-API-NO-ROUTE", "nobody else is asked here who people are");
}

async function orSignIn(
  reply: FastifyReply,
  request: FastifyRequest,
  work: () => Promise<FastifyReply>,
): Promise<FastifyReply> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof IdentityRefused)) throw error;
    request.log.warn({ reason: error.message }, "somebody could not sign in with the other server");
    forget(request, reply);
    return goTo(reply, "/sign-in?said=elsewhereFailed");
  }
}

function forget(request: FastifyRequest, reply: FastifyReply): void {
  setCookie(request, reply, { name: cookie, value: "", seconds: 0 });
}
