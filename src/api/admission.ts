/**
 * Who is let in: first who calls (401), then whether they may (403), by the rule of the route and nothing else.
 *
 * What can be decided without the body is decided before a byte of it is read. Whether something is there is told to
 * those only who may see it: for others a deployment that exists is like one that does not.
 */
import type { FastifyInstance, FastifyRequest } from "fastify";

import type { Caller } from "../core/permissions.ts";
import { may, maySomewhere } from "../core/permissions.ts";
import { UnknownName } from "../core/settings.ts";
import { keptApproval } from "../deployments/approvals/find.ts";
import type { ApiContext, NeededRight, NeededWhere } from "./context.ts";
import { noDeployment } from "./deployments.ts";
import { callerOnPage } from "./pages/visitor.ts";
import { refusePlainText } from "./plain-text.ts";
import { ApiProblem } from "./problems.ts";

type Trusted = (() => Promise<Caller>) | undefined;
type Named = Exclude<NeededRight, "open" | "signed-in" | "person">;

const nobody: Caller = { name: "nobody", via: "session", grants: [] };

/** Checks every route that is registered after this. */
export function admit(app: FastifyInstance, context: ApiContext, trusted: Trusted): void {
  app.decorate("rules", []);
  app.addHook("onRoute", ({ method, url, config = {} }) => {
    const { right, environment } = config;
    for (const one of [method].flat()) app.rules.push({ method: one, url, right, environment });
  });
  app.decorateRequest("caller");
  app.decorateRequest("signedIn");
  app.addHook("onRequest", async (request) => {
    const { right, environment, page } = request.routeOptions.config;
    if (right === "open" || request.is404) request.caller = nobody;
    else if (page === true) request.caller = await callerOnPage(request, context.world);
    else request.caller = await identify(request, context, trusted);
    if (!request.is404) checkWhoeverCalls(request.caller, right, environment);
  });
  app.addHook("preHandler", async (request) => {
    const { right, environment } = request.routeOptions.config;
    if (right === undefined || isAboutWho(right) || environment === undefined || request.is404) return;
    await checkPlace(request, right, environment, context);
  });
}

/** A token counts more than where it is shown: with one, also a broken one, the socket is like any other way in. */
async function identify(request: FastifyRequest, { callerOf }: ApiContext, trusted: Trusted): Promise<Caller> {
  const { authorization } = request.headers;
  if (authorization !== undefined) refusePlainText(request);
  const token = /^Bearer ([\x21-\x7e]{1,200})$/.exec(authorization ?? "")?.[1] ?? "";
  const caller = authorization === undefined ? await trusted?.() : await callerOf(token);
  if (caller !== undefined) return caller;
  throw new ApiProblem(
    401,
    "SB-API-TOKEN",
    "a valid token is needed",
    "signalbox sign-in; for a machine: signalbox tokens create NAME",
  );
}

function isAboutWho(right: NeededRight): right is Exclude<NeededRight, Named> {
  return right === "open" || right === "signed-in" || right === "person";
}

/** What can be said before it is known which environment it is about. */
function checkWhoeverCalls(caller: Caller, right: NeededRight | undefined, where: NeededWhere | undefined): void {
  if (right === "open" || right === "signed-in") return;
  if (right === "person") {
    if (caller.login !== undefined) return;
    throw new ApiProblem(403, "SB-API-PERSON", `${caller.name} is no person, and this is for people`);
  }
  if (right === undefined || where === undefined) {
    throw new ApiProblem(403, "SB-API-RIGHT", "this is closed to everybody: it has no rule");
  }
  if (where === "self") return;
  if (where === "every" ? !may(caller, right, null) : !maySomewhere(caller, right)) throw lacks(caller, right, null);
}

async function checkPlace(
  request: FastifyRequest,
  right: Named,
  where: NeededWhere,
  context: ApiContext,
): Promise<void> {
  const { caller } = request;
  if (where === "any" || where === "every") return;
  if (where === "self") {
    if (caller.login !== undefined && namedIn(request.params, "login") === caller.login) return;
    if (!may(caller, right, null)) throw lacks(caller, right, null);
    return;
  }
  if (where === "deployment" || where === "approval") return checkSubject(request, right, where, context);
  for (const environment of environmentsMeant(request, where, context)) {
    // Where a host serves is not said to who may not see it.
    if (!may(caller, right, environment)) throw lacks(caller, right, where === "host" ? null : environment);
  }
}

/** Without a name it is about every environment. */
function environmentsMeant(
  { body, params }: FastifyRequest,
  where: "body" | "params" | "host",
  { settings }: ApiContext,
): readonly (string | null)[] {
  if (where !== "host") return [namedIn(where === "body" ? body : params, "environment") ?? null];
  const host = namedIn(params, "host") ?? "";
  const serves = settings.targets().filter(({ hosts }) => hosts.includes(host));
  return serves.length === 0 ? [null] : [...new Set(serves.map(({ environment }) => environment))];
}

async function checkSubject(
  { caller, params }: FastifyRequest,
  right: Named,
  where: "deployment" | "approval",
  { world }: ApiContext,
): Promise<void> {
  const ref = namedIn(params, "ref") ?? "";
  const environment =
    where === "deployment" ? (await world.store.summary(ref))?.environment : await ofApproval(ref, world);
  if (environment !== undefined && may(caller, right, environment)) return;
  if (environment !== undefined && may(caller, "view", environment)) throw lacks(caller, right, environment);
  throw where === "deployment" ? noDeployment(ref) : noApproval(ref);
}

async function ofApproval(ref: string, world: ApiContext["world"]): Promise<string | undefined> {
  return keptApproval(ref, world).then(
    ({ environment }) => environment,
    (error: unknown) => {
      if (error instanceof UnknownName) return undefined;
      throw error;
    },
  );
}

export function noApproval(ref: string): ApiProblem {
  return new ApiProblem(404, "SB-API-NO-APPROVAL", `there is no request for approval ${ref}`, "signalbox inbox");
}

function lacks({ name, login, via }: Caller, right: Named, environment: string | null): ApiProblem {
  const where = environment === null ? "" : ` in ${environment}`;
  const ofPerson = login !== undefined && via === "token";
  const next = ofPerson ? "signalbox users me; a token gets no rights later: signalbox sign-in, for a new one" : null;
  const who = ofPerson ? `${name}, by this token,` : name;
  return new ApiProblem(403, "SB-API-RIGHT", `${who} may not do this; it needs the right ${right}${where}`, next);
}

function namedIn(values: unknown, key: string): string | undefined {
  const value = (values as Readonly<Record<string, unknown>> | null | undefined)?.[key];
  return typeof value === "string" ? value : undefined;
}
