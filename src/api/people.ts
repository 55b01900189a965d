/** People: who there is, what they may do, and what waits for a second person. */
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";

import type { Amendment } from "../core/amendment.ts";
import type { Settings } from "../core/settings.ts";
import { amend, confirmProposal, withdrawProposal } from "../deployments/people.ts";
import type { Amended } from "../deployments/people.ts";
import type { ApiContext } from "./context.ts";
import {
  amendedView,
  amendmentRequest,
  login,
  meView,
  newPersonRequest,
  personView,
  proposalId,
  proposalView,
} from "./people-views.ts";
import type { AmendedView } from "./people-views.ts";
import { ApiProblem } from "./problems.ts";

type Api = Parameters<FastifyPluginAsyncZod>[0];

const administrate = { config: { right: "admin", environment: "every" } } as const;
/** What one may not change about oneself, the rules of people refuse. */
const ownOrAll = { config: { right: "admin", environment: "self" } } as const;

export function peopleRoutes(context: ApiContext): FastifyPluginAsyncZod {
  return async (app) => {
    lookRoutes(app, context);
    changeRoutes(app, context);
    proposalRoutes(app, context);
  };
}

function lookRoutes(app: Api, { world }: ApiContext): void {
  app.get("/people", { ...administrate, schema: { response: { 200: z.array(personView) } } }, async () => [
    ...(await world.store.people.list()),
  ]);
  const schema = { params: z.strictObject({ login }), response: { 200: personView } };
  app.get("/people/:login", { ...ownOrAll, schema }, async ({ params }) => {
    const person = await world.store.people.find(params.login);
    if (person !== undefined) return person;
    throw new ApiProblem(
      404,
      "SB-API-NO-PERSON",
      `there is nobody with the login ${params.login}`,
      "signalbox users list",
    );
  });
  app.get("/me", { config: { right: "signed-in" }, schema: { response: { 200: meView } } }, async ({ caller }) => {
    const { name, login: own = null, via, grants } = caller;
    return { name, login: own, via, grants };
  });
}

/** The code is not part of the address, which stands in logs and histories. */
function welcomePage(whose: string, settings: Settings): string | null {
  const { url } = settings.server();
  return url === undefined ? null : `${url.replace(/\/$/, "")}/welcome?login=${whose}`;
}

function changeRoutes(app: Api, { world, settings }: ApiContext): void {
  app.post(
    "/people",
    { ...administrate, schema: { body: newPersonRequest, response: { 201: amendedView } } },
    async ({ body, caller }, reply) => {
      const amendment = { kind: "add", ...body } as Amendment;
      return reply.code(201).send(toView(await amend(amendment, caller, world), settings));
    },
  );
  const params = z.strictObject({ login });
  app.post(
    "/people/:login/amendments",
    { ...ownOrAll, schema: { params, body: amendmentRequest, response: { 200: amendedView } } },
    async ({ params: { login: whom }, body, caller }) => {
      // A right somewhere that does not exist would be there by surprise on the day that it does.
      if (body.kind === "grant" && body.grant.environment !== null) settings.policy(body.grant.environment);
      return toView(await amend({ ...body, login: whom } as Amendment, caller, world), settings);
    },
  );
}

function proposalRoutes(app: Api, { world, settings }: ApiContext): void {
  app.get("/proposals", { ...administrate, schema: { response: { 200: z.array(proposalView) } } }, async () => {
    const { proposals } = await world.store.people.book();
    return proposals.map((proposal) => ({ ...proposal, amendment: { ...proposal.amendment } }));
  });
  const params = z.strictObject({ id: proposalId });
  app.post(
    "/proposals/:id/confirm",
    { ...administrate, schema: { params, response: { 200: amendedView } } },
    async ({ params: { id }, caller }) => toView(await confirmProposal(id, caller, world), settings),
  );
  app.post(
    "/proposals/:id/withdraw",
    { ...administrate, schema: { params, response: { 200: proposalView } } },
    async ({ params: { id }, caller }) => {
      const { amendment, ...proposal } = await withdrawProposal(id, caller, world);
      return { ...proposal, amendment: { ...amendment } };
    },
  );
}

function toView(amended: Amended, settings: Settings): AmendedView {
  if (amended.kind === "done") {
    const { code, ...done } = amended;
    return code === undefined ? done : { ...done, code: { ...code, page: welcomePage(done.person.login, settings) } };
  }
  const { amendment, ...proposal } = amended.proposal;
  return { kind: "proposed", proposal: { ...proposal, amendment: { ...amendment } } };
}
