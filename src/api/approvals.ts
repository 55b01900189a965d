/** Requests for approval: look at them, decide about them. Decisions are made by people, and never by a GET. */
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";

import { openAsks } from "../core/approval.ts";
import type { Caller } from "../core/permissions.ts";
import { may } from "../core/permissions.ts";
import { decideApproval } from "../deployments/approvals/decide.ts";
import type { PersonDecision } from "../deployments/approvals/decide.ts";
import { findApproval, listApprovals } from "../deployments/approvals/find.ts";
import { approvalReport } from "../deployments/approvals/report.ts";
import type { World } from "../deployments/world.ts";
import { toApprovalView } from "./approval-text.ts";
import {
  approvalView,
  approveRequest,
  breakGlassRequest,
  handOverRequest,
  rejectRequest,
  reportView,
  reviewRequest,
  withdrawRequest,
} from "./approval-views.ts";
import type { ApprovalView } from "./approval-views.ts";
import type { ApiContext } from "./context.ts";
import { ApiProblem } from "./problems.ts";
import { deploymentRef } from "./views.ts";

type Api = Parameters<FastifyPluginAsyncZod>[0];

const params = z.strictObject({ ref: deploymentRef });
const response = { 200: approvalView };
const flag = z.enum(["true", "false"]).transform((value) => value === "true");

export function approvalRoutes({ world }: ApiContext): FastifyPluginAsyncZod {
  return async (app) => {
    lookRoutes(app, world);
    decideRoutes(app, world);
    reportRoute(app, world);
  };
}

function lookRoutes(app: Api, world: World): void {
  const querystring = z.strictObject({
    mine: flag.optional(),
    open: flag.optional(),
    review: flag.optional(),
    limit: z.coerce.number().int().min(1).max(200).default(50),
  });
  const all = { config: { right: "view", environment: "any" } } as const;
  app.get(
    "/approvals",
    { ...all, schema: { querystring, response: { 200: z.array(approvalView) } } },
    async ({ query: { mine, open, review, limit }, caller }) => {
      // Of what is open nobody misses theirs because there is so much else; it is never many.
      const most = open === true || review === true ? {} : { limit };
      const found = await listApprovals(
        { ...most, ...(open === undefined ? {} : { open }), ...(review === undefined ? {} : { reviewOpen: review }) },
        world,
      );
      const seen = found.filter(
        (approval) =>
          may(caller, "view", approval.environment) &&
          (mine !== true || openAsks(approval).some(({ login }) => login === caller.login)),
      );
      const shown = seen.slice(0, limit);
      return Promise.all(shown.map(async (approval) => toApprovalView(approval, { caller, world, whole: false })));
    },
  );
  const one = { config: { right: "view", environment: "approval" } } as const;
  app.get("/approvals/:ref", { ...one, schema: { params, response } }, async ({ params: { ref }, caller }) =>
    toApprovalView(await findApproval(ref, world), { caller, world, whole: true }),
  );
}

/** Who may decide what, the rules of approvals say again for the person and the request. */
function decideRoutes(app: Api, world: World): void {
  const approve = { config: { right: "approve", environment: "approval" } } as const;
  const look = { config: { right: "view", environment: "approval" } } as const;
  const glass = { config: { right: "break-glass", environment: "approval" } } as const;
  const decide = async (ref: string, caller: Caller, decision: PersonDecision): Promise<ApprovalView> => {
    const approval = await decideApproval(ref, decision, personOf(caller), world);
    return toApprovalView(approval, { caller, world, whole: true });
  };
  const schemaWith = <Body>(body: Body) => ({ params, body, response });

  app.post(
    "/approvals/:ref/approve",
    { ...approve, schema: schemaWith(approveRequest) },
    async ({ params: { ref }, body: { digest, comment }, caller }) =>
      decide(ref, caller, { kind: "approve", digest, ...(comment === undefined ? {} : { comment }) }),
  );
  app.post(
    "/approvals/:ref/reject",
    { ...approve, schema: schemaWith(rejectRequest) },
    async ({ params: { ref }, body, caller }) => decide(ref, caller, { kind: "reject", ...body }),
  );
  app.post(
    "/approvals/:ref/revoke",
    { ...approve, schema: { params, response } },
    async ({ params: { ref }, caller }) => decide(ref, caller, { kind: "revoke" }),
  );
  app.post(
    "/approvals/:ref/hand-over",
    { ...approve, schema: schemaWith(handOverRequest) },
    async ({ params: { ref }, body: { to, reason }, caller }) =>
      decide(ref, caller, { kind: "hand-over", to, ...(reason === undefined ? {} : { reason }) }),
  );
  app.post(
    "/approvals/:ref/review",
    { ...approve, schema: schemaWith(reviewRequest) },
    async ({ params: { ref }, body, caller }) => decide(ref, caller, { kind: "review", ...body }),
  );
  // Whoever requested it may take it back, also without any other right.
  app.post(
    "/approvals/:ref/withdraw",
    { ...look, schema: schemaWith(withdrawRequest) },
    async ({ params: { ref }, body, caller }) => {
      await refuseToTakeBack(ref, caller, world);
      return decide(ref, caller, { kind: "withdraw", ...body });
    },
  );
  app.post(
    "/approvals/:ref/break-glass",
    { ...glass, schema: schemaWith(breakGlassRequest) },
    async ({ params: { ref }, body, caller }) => decide(ref, caller, { kind: "break-glass", ...body }),
  );
}

function reportRoute(app: Api, world: World): void {
  const querystring = z.strictObject({ days: z.coerce.number().int().min(1).max(3650).default(90) });
  app.get(
    "/reports/approvals",
    {
      config: { right: "view", environment: "every" } as const,
      schema: { querystring, response: { 200: reportView } },
    },
    async ({ query: { days } }) => {
      const { people, ...report } = await approvalReport(days, world);
      return { ...report, people: [...people] };
    },
  );
}

/** What others asked for is taken back by who may deploy, and with a token that may. */
async function refuseToTakeBack(ref: string, caller: Caller, world: World): Promise<void> {
  const { login } = caller;
  const { subject, environment } = await findApproval(ref, world);
  if (login === undefined || subject.requestedBy === login || may(caller, "deploy", environment)) return;
  throw new ApiProblem(
    403,
    "SB-API-RIGHT",
    `${caller.name} did not ask for this, and may not take it back; that needs the right deploy in ${environment}`,
  );
}

function personOf({ login, name }: Caller): string {
  if (login !== undefined) return login;
  throw new ApiProblem(
    403,
    "SB-API-PERSON",
    `decisions are made by people, and ${name} is no person`,
    "a token of your own: signalbox tokens create NAME --for me --right view approve",
  );
}
