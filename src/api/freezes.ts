/** Freeze windows, and exceptions from them. */
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";

import type { FreezeWindow, Scope } from "../core/freeze.ts";
import { holdsAt } from "../core/freeze.ts";
import type { Caller, Right } from "../core/permissions.ts";
import { may } from "../core/permissions.ts";
import { addFreeze, askFreezeException, confirmFreezeException, removeFreeze } from "../deployments/freezes/windows.ts";
import type { KeptException } from "../ports/freezes.ts";
import type { ApiContext } from "./context.ts";
import { exceptionId, exceptionRequest, freezeName, freezeRequest, freezesView } from "./freeze-views.ts";
import type { ExceptionRequest, FreezeRequest, FreezesView } from "./freeze-views.ts";
import { ApiProblem } from "./problems.ts";

type Api = Parameters<FastifyPluginAsyncZod>[0];

const named = z.strictObject({ name: freezeName });

export function freezeRoutes(context: ApiContext): FastifyPluginAsyncZod {
  return async (app) => {
    windowRoutes(app, context);
    exceptionRoutes(app, context);
  };
}

function windowRoutes(app: Api, context: ApiContext): void {
  const { world } = context;
  const view = { config: { right: "view" as const, environment: "any" as const } };
  const configure = { config: { right: "configure" as const, environment: "any" as const } };
  app.get("/freezes", { ...view, schema: { response: { 200: freezesView } } }, async () => {
    const now = world.clock.now();
    const windows = (await world.store.freezes.windows()).map(({ window, ...made }) => ({
      ...made,
      window: windowView(window),
      holds: holdsAt(window, now),
    }));
    return { windows, exceptions: (await world.store.freezes.exceptions()).map(exceptionView) };
  });
  app.post("/freezes", { ...configure, schema: { body: freezeRequest } }, async ({ body, caller }, reply) => {
    mustHave(caller, "configure", body);
    await addFreeze(given(body), caller.name, context);
    return reply.code(201).send({ name: body.name });
  });
  app.delete("/freezes/:name", { ...configure, schema: { params: named } }, async ({ params: { name }, caller }) => {
    const kept = (await world.store.freezes.windows()).find(({ window }) => window.name === name);
    if (kept !== undefined) mustHave(caller, "configure", kept.window);
    if (kept === undefined || !(await removeFreeze(name, caller.name, context)))
      throw new ApiProblem(404, "SB-API-NO-FREEZE", `there is no freeze window ${name}`, "signalbox freeze list");
    return { removed: name };
  });
}

function exceptionRoutes(app: Api, context: ApiContext): void {
  const { world } = context;
  const approve = { config: { right: "approve" as const, environment: "any" as const } };
  const schema = { params: named, body: exceptionRequest };
  app.post("/freezes/:name/exceptions", { ...approve, schema }, async ({ params: { name }, body, caller }, reply) => {
    const by = personOf(caller);
    const kept = (await world.store.freezes.windows()).find(({ window }) => window.name === name);
    const scope = { ...narrowest(kept?.window, body) };
    mustHave(caller, "approve", scope);
    const { from = world.clock.now(), until, reason } = body;
    const id = await askFreezeException({ window: name, from, until, reason, ...scope }, by, context);
    return reply.code(201).send({ id });
  });
  const params = z.strictObject({ id: exceptionId });
  app.post("/freeze-exceptions/:id/confirm", { ...approve, schema: { params } }, async ({ params: { id }, caller }) => {
    const by = personOf(caller);
    const kept = (await world.store.freezes.exceptions()).find((one) => one.id === id);
    if (kept !== undefined) mustHave(caller, "approve", kept.asked);
    return exceptionView(await confirmFreezeException(id, by, context));
  });
}

/** Of what nothing is said is everything that the window holds. */
function narrowest(window: FreezeWindow | undefined, { services, environments }: ExceptionRequest): Scope {
  const what = services ?? window?.services;
  const where = environments ?? window?.environments;
  return {
    ...(what === undefined ? {} : { services: what }),
    ...(where === undefined ? {} : { environments: where }),
  };
}

/** In each environment that is meant, or in every one. */
function mustHave(
  caller: Caller,
  right: Right,
  { environments }: { readonly environments?: readonly string[] | undefined },
): void {
  for (const environment of environments ?? [null]) {
    if (may(caller, right, environment)) continue;
    const where = environment === null ? "every environment" : environment;
    throw new ApiProblem(
      403,
      "SB-API-RIGHT",
      `${caller.name} may not do this; it needs the right ${right} in ${where}`,
    );
  }
}

function personOf({ login, name }: Caller): string {
  if (login !== undefined) return login;
  throw new ApiProblem(
    403,
    "SB-API-PERSON",
    `an exception needs two people, and ${name} is no person`,
    "signalbox login, or a token of your own",
  );
}

function given({ services, environments, ...window }: FreezeRequest): FreezeWindow {
  return {
    ...window,
    ...(services === undefined ? {} : { services }),
    ...(environments === undefined ? {} : { environments }),
  };
}

function windowView({ services, environments, ...window }: FreezeWindow): FreezesView["windows"][number]["window"] {
  return {
    ...window,
    when: { ...window.when },
    ...(services === undefined ? {} : { services: [...services] }),
    ...(environments === undefined ? {} : { environments: [...environments] }),
  };
}

function exceptionView({ id, asked, askedAt, confirmed }: KeptException): FreezesView["exceptions"][number] {
  const { window, services, environments, from, until, reason, requestedBy } = asked;
  return {
    id,
    window,
    ...(services === undefined ? {} : { services: [...services] }),
    ...(environments === undefined ? {} : { environments: [...environments] }),
    from,
    until,
    reason,
    askedBy: requestedBy,
    askedAt,
    confirmedBy: confirmed?.by ?? null,
  };
}
