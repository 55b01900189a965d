/** The page of a deployment, and one's own absences. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";

import { fold } from "../../core/fold.ts";
import { may } from "../../core/permissions.ts";
import type { Absence } from "../../ports/people.ts";
import { peopleChanged } from "../../deployments/approvals/wake.ts";
import { awayWords } from "../../words/page-deployment.ts";
import { findDeployment, noDeployment } from "../deployments.ts";
import { goTo, sendPage } from "./answer.ts";
import { awayPage } from "./away-view.ts";
import { deploymentPage } from "./deployment-view.ts";
import { atClock } from "./local-time.ts";
import type { PagesContext } from "./pages-context.ts";
import { readerOf } from "./visitor.ts";

const person = { config: { page: true, right: "person" } } as const;

export function deploymentPageRoutes(app: FastifyInstance, context: PagesContext): void {
  const { world } = context;
  app.get("/deployments/:ref", person, async (request, reply) => {
    const { ref } = request.params as { readonly ref: string };
    if (!/^[0-9a-z-]{1,40}$/.test(ref)) throw noDeployment("with this name");
    const summary = await findDeployment(ref, world);
    const approval = await world.store.approvals.about(summary.id);
    const { login } = request.caller;
    const isAsked = approval?.events.some(
      ({ event }) => event.kind === "asked" && event.people.some((one) => one.login === login),
    );
    const sees = (["view", "deploy", "approve"] as const).some((right) =>
      may(request.caller, right, summary.environment),
    );
    if (!sees && isAsked !== true && summary.by !== login) throw noDeployment(ref);
    const deployment = fold(summary.id, await world.store.journal(summary.id));
    const shown = { summary, deployment, ...(approval === undefined ? {} : { approval: approval.id }) };
    return sendPage(request, reply, deploymentPage(shown, readerOf(request, context)), context);
  });
}

const moment = z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?$/);
const awayForm = z.strictObject({ form: z.string(), from: moment, until: moment, standIn: z.string().max(127) });
const removeForm = z.strictObject({ form: z.string(), from: z.coerce.number().int() });
const longestMilliseconds = 366 * 24 * 60 * 60 * 1000;
const mostAbsences = 200;

export function awayRoutes(app: FastifyInstance, context: PagesContext): void {
  const { world } = context;
  app.get("/away", person, async (request, reply) =>
    sendPage(request, reply, awayPage(await shownTo(request, context), readerOf(request, context)), context),
  );
  app.post("/away", person, async (request, reply) => {
    const { from, until, standIn } = awayForm.parse(request.body);
    const shown = await shownTo(request, context);
    const { timeZone } = readerOf(request, context);
    const at = (text: string): number => atClock(text, timeZone);
    const absence = { from: at(from), until: at(until), standIn: standIn === "" ? null : standIn };
    const isKnown = absence.standIn === null || shown.others.some(({ login }) => login === absence.standIn);
    const { absences } = request.signedIn!.person;
    if (!isPossible(absence, world.clock.now()) || !isKnown || absences.length >= mostAbsences) {
      const reader = readerOf(request, context);
      const said = { text: awayWords(reader.language).wrong, tone: "bad" as const };
      return sendPage(request, reply, awayPage({ ...shown, said }, reader), context, 400);
    }
    await keep(request, [...absences, absence], context);
    return goTo(reply, "/away");
  });
  app.post("/away/remove", person, async (request, reply) => {
    const { from } = removeForm.parse(request.body);
    await keep(
      request,
      request.signedIn!.person.absences.filter((one) => one.from !== from),
      context,
    );
    return goTo(reply, "/away");
  });
}

function isPossible({ from, until }: Absence, now: number): boolean {
  return from < until && until > now && until - from <= longestMilliseconds && from < now + longestMilliseconds;
}

async function keep(request: FastifyRequest, absences: readonly Absence[], { world }: PagesContext): Promise<void> {
  const { login, absences: before } = request.signedIn!.person;
  const after = absences.toSorted((a, b) => a.from - b.from);
  const audit = { actor: login, action: "set-absences", object: `person ${login}`, detail: { before, after } };
  await world.store.people.write([{ login, set: { absences: after } }], [audit], world.clock.now());
  await peopleChanged(world);
}

/** What is over is kept, since fairness counts by it, but is not shown. */
async function shownTo(request: FastifyRequest, { world }: PagesContext) {
  const { login, absences } = request.signedIn!.person;
  const people = await world.store.people.list();
  const now = world.clock.now();
  return {
    absences: absences.filter(({ until }) => until > now),
    others: people
      .filter((one) => one.login !== login && !one.disabled)
      .map(({ login: other, name }) => ({ login: other, name })),
  };
}
