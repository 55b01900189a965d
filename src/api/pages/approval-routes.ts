/** The inbox, and the page on which somebody decides. Only its forms decide; looking never does. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";

import type { Approval } from "../../core/approval.ts";
import { openAsks } from "../../core/approval.ts";
import { fold } from "../../core/fold.ts";
import { may } from "../../core/permissions.ts";
import type { Caller } from "../../core/permissions.ts";
import type { PersonDecision } from "../../deployments/approvals/decide.ts";
import type { PlacedApproval } from "../../deployments/approvals/find.ts";
import type { Commit } from "../../ports/git.ts";
import { approvalWords } from "../../words/page-approval.ts";
import { noApproval } from "../admission.ts";
import { goTo, sendPage } from "./answer.ts";
import { longestReason } from "./approval-forms.ts";
import type { ApprovalShown } from "./approval-shown.ts";
import { mostCommits } from "./approval-shown.ts";
import { approvalPage } from "./approval-view.ts";
import { choicesOf } from "./choices.ts";
import type { InboxEntry } from "./inbox-view.ts";
import { inboxPage } from "./inbox-view.ts";
import type { PagesContext } from "./pages-context.ts";
import { readerOf } from "./visitor.ts";

const mostListed = 100;

export function approvalRoutes(app: FastifyInstance, context: PagesContext): void {
  const { office } = context;
  const person = { config: { page: true, right: "person" } } as const;

  app.get("/inbox", person, async (request, reply) =>
    sendPage(request, reply, inboxPage(await inboxOf(request, context), readerOf(request, context)), context),
  );
  app.get("/approvals/:ref", person, async (request, reply) => showApproval(request, reply, context));
  for (const verb of verbs) {
    app.post(`/approvals/:ref/${verb}`, person, async (request, reply) => {
      const approval = await findVisible(request, context);
      const decision = decisionIn(verb, request.body);
      await office.decide(approval.id, decision, request.signedIn!.person.login);
      return goTo(reply, `/approvals/${approval.id}?done=${verb}`);
    });
  }
}

const verbs = ["approve", "reject", "revoke", "hand-over", "withdraw", "break-glass", "review"] as const;
type Verb = (typeof verbs)[number];

const said = z.string().trim().max(longestReason);
/** Browsers send line breaks as two characters. */
const text = said.transform((words) => words.replaceAll("\r\n", "\n"));
const digest = z.string().regex(/^[0-9a-f]{64}$/);
const common = { form: z.string(), digest };

/** A missing reason is refused by the rules, in the reader's words. */
const forms = {
  approve: z.strictObject({ ...common, comment: text.optional() }),
  reject: z.strictObject({ ...common, reason: text.default("") }),
  revoke: z.strictObject(common),
  "hand-over": z.strictObject({ ...common, to: z.string().max(127), reason: text.optional() }),
  withdraw: z.strictObject({ ...common, reason: text.default("") }),
  "break-glass": z.strictObject({ ...common, reason: text.default("") }),
  review: z.strictObject({ ...common, note: text.default("") }),
};

/** What was left empty is not there. */
function decisionIn(verb: Verb, body: unknown): PersonDecision {
  const { form: _, digest: seen, ...rest } = forms[verb].parse(body) as Record<string, string | undefined>;
  const filled = Object.fromEntries(
    Object.entries(rest).filter(([name, value]) => value !== undefined && (value !== "" || isNeeded(verb, name))),
  );
  const bound = verb === "approve" || verb === "reject" || verb === "break-glass" ? { digest: seen } : {};
  return { kind: verb, ...bound, ...filled } as PersonDecision;
}

function isNeeded(verb: Verb, name: string): boolean {
  return name === "note" || name === "to" || (name === "reason" && verb !== "hand-over");
}

async function showApproval(
  request: FastifyRequest,
  reply: FastifyReply,
  context: PagesContext,
): Promise<FastifyReply> {
  const { world, office } = context;
  const reader = readerOf(request, context);
  const approval = await findVisible(request, context);
  const { deployment: id } = approval.subject;
  const deployment = fold(id, await world.store.journal(id));
  const [entry, risk, commits] = await Promise.all([
    entryOf(approval, request, context),
    office.riskOf(deployment),
    commitsOf(deployment.prepare?.target, approval.subject.revision ?? deployment.revision, context, approval),
  ]);
  const { done } = request.query as { readonly done?: unknown };
  const doing = verbs.find((verb) => verb === done);
  const shown: ApprovalShown = {
    ...entry,
    deployment,
    risk,
    commits,
    ...(doing === undefined ? {} : { done: approvalWords(reader.language)[doneWords[doing]] }),
  };
  return sendPage(request, reply, approvalPage(shown, reader), context);
}

const doneWords = {
  approve: "didApprove",
  reject: "didReject",
  revoke: "didRevoke",
  "hand-over": "didHandOver",
  withdraw: "didWithdraw",
  "break-glass": "didBreakGlass",
  review: "didReview",
} as const satisfies Record<Verb, keyof ReturnType<typeof approvalWords>>;

/** Whoever may look at the environment, may decide there, or has a part in the request. For others it does not exist. */
async function findVisible(request: FastifyRequest, { office }: PagesContext): Promise<PlacedApproval> {
  const { ref } = request.params as { readonly ref: string };
  if (!/^[0-9a-z-]{1,40}$/.test(ref)) throw noApproval("with this name");
  const approval = await office.find(ref);
  if (!isVisible(approval, request.caller)) throw noApproval(ref);
  return approval;
}

function isVisible(approval: PlacedApproval, caller: Caller): boolean {
  const rights = ["view", "approve", "break-glass"] as const;
  return (
    rights.some((right) => may(caller, right, approval.environment)) ||
    approval.subject.requestedBy === caller.login ||
    approval.asks.some(({ login }) => login === caller.login)
  );
}

async function inboxOf(request: FastifyRequest, context: PagesContext) {
  const { office } = context;
  const [open, reviews] = await Promise.all([
    office.list({ open: true, limit: mostListed }),
    office.list({ reviewOpen: true, limit: mostListed }),
  ]);
  const visible = (all: readonly PlacedApproval[]) => all.filter((one) => isVisible(one, request.caller));
  const entries = async (all: readonly PlacedApproval[]) =>
    Promise.all(all.map(async (one) => entryOf(one, request, context)));
  const byDeadline = visible(open).toSorted((a, b) => a.terms.deadline - b.terms.deadline);
  const all = await entries(byDeadline);
  const isMine = ({ approval }: InboxEntry): boolean =>
    openAsks(approval).some(({ login }) => login === request.caller.login);
  return {
    mine: all.filter(isMine),
    others: all.filter((one) => !isMine(one)),
    reviews: await entries(visible(reviews)),
  };
}

async function entryOf(
  approval: PlacedApproval,
  request: FastifyRequest,
  { world, office }: PagesContext,
): Promise<InboxEntry> {
  const { service, environment } = approval;
  const { login } = request.signedIn!.person;
  const [summary, today, people] = await Promise.all([
    world.store.summary(approval.subject.deployment),
    office.todayIn(environment),
    world.store.people.list(),
  ]);
  return {
    approval,
    service,
    environment,
    number: summary?.number ?? 0,
    choices: choicesOf(approval, login, today, world.clock.now()),
    names: new Map(people.map((one) => [one.login, one.name])),
  };
}

/** What it brings over the release that serves, as far as the server's mirror knows. A page never waits for a git server. */
async function commitsOf(
  target: { readonly source?: Parameters<PagesContext["world"]["git"]["between"]>[0] | undefined } | undefined,
  revision: string | undefined,
  { world }: PagesContext,
  { service, environment }: PlacedApproval & Approval,
): Promise<readonly Commit[]> {
  if (target?.source === undefined || revision === undefined) return [];
  const releases = await world.store.releases(service, environment);
  const before = releases.find(({ verdict, release }) => verdict === "good" && release.revision !== undefined);
  const from = before?.release.revision;
  if (from === undefined || from === revision) return [];
  return world.git.between(target.source, from, revision, mostCommits + 1).catch(() => []);
}
