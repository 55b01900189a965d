/** Signing in and out, and setting a password. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";

import { TooBusy } from "../../deployments/sign-in/password-hash.ts";
import type { SetPasswordAnswer } from "../../deployments/sign-in/passwords.ts";
import { setPassword, signIn } from "../../deployments/sign-in/passwords.ts";
import { endSession } from "../../deployments/sign-in/sessions.ts";
import { Throttle } from "../../deployments/sign-in/throttle.ts";
import { signInWords } from "../../words/page-sign-in.ts";
import { goTo, sendPage } from "./answer.ts";
import { pagePath } from "./guard.ts";
import type { PagesContext } from "./pages-context.ts";
import type { SignInForm } from "./sign-in-view.ts";
import { signInPage, welcomePage } from "./sign-in-view.ts";
import { forgetSession, keepSession, readerOf, sessionIn } from "./visitor.ts";

const login = z.string().trim().min(1).max(127);
const password = z.string().max(1000);
const signInForm = z.strictObject({ login, password, next: z.string().max(200).default("") });
const welcomeForm = z.strictObject({ login, code: z.string().max(100), password, repeat: password });

const open = { page: true, right: "open" } as const;

export function signInRoutes(app: FastifyInstance, context: PagesContext): void {
  const { world } = context;
  const throttle = new Throttle();
  const elsewhere = (): boolean => context.elsewhere?.() !== undefined && context.server() !== undefined;

  app.get("/sign-in", { config: open }, async (request, reply) => {
    const { next, said } = request.query as { readonly next?: string; readonly said?: string };
    return showSignIn(request, reply, context, { login: "", next: pagePath(next), elsewhere: elsewhere() }, said);
  });
  app.post("/sign-in", { config: open }, async (request, reply) => {
    const form = signInForm.parse(request.body);
    const { language } = readerOf(request, context);
    const instead = sessionIn(request);
    const attempt = { ...form, from: request.ip, ...(instead === undefined ? {} : { instead }) };
    const answer = await unlessBusy(async () => signIn(attempt, throttle, world));
    if (answer.kind === "signed-in") {
      keepSession(request, reply, answer.token);
      return goTo(reply, pagePath(form.next));
    }
    const said = { text: answerText(answer, language, "refused"), tone: "bad" as const };
    const shown = { login: form.login, next: pagePath(form.next), elsewhere: elsewhere(), said };
    return sendPage(request, reply, signInPage(shown, readerOf(request, context)), context, statusOf(answer));
  });

  app.get("/welcome", { config: open }, async (request, reply) => {
    const { login: name } = request.query as { readonly login?: unknown };
    const shown = { login: typeof name === "string" ? name.slice(0, 127) : "", code: "" };
    return sendPage(request, reply, welcomePage(shown, readerOf(request, context)), context);
  });
  app.post("/welcome", { config: open }, async (request, reply) => {
    const form = welcomeForm.parse(request.body);
    const { language } = readerOf(request, context);
    const answer: Answered =
      form.password === form.repeat
        ? await unlessBusy(async () => setPassword({ ...form, from: request.ip }, throttle, world))
        : { kind: "not-same" };
    if (answer.kind === "signed-in") {
      keepSession(request, reply, answer.token);
      return goTo(reply, "/inbox");
    }
    const said = { text: answerText(answer, language, "codeRefused"), tone: "bad" as const };
    const shown = welcomePage({ login: form.login, code: form.code, said }, readerOf(request, context));
    return sendPage(request, reply, shown, context, statusOf(answer));
  });

  app.post("/sign-out", { config: { page: true, right: "person" } }, async (request, reply) => {
    await endSession(request.signedIn!, request.ip, world);
    forgetSession(request, reply);
    return goTo(reply, "/sign-in?said=signedOut");
  });
}

/** What may be said by an address: one of ours, chosen by its name. */
const sayable = { signedOut: "good", elsewhereFailed: "bad", elsewhereUnknown: "bad" } as const;

async function showSignIn(
  request: FastifyRequest,
  reply: FastifyReply,
  context: PagesContext,
  form: SignInForm,
  said: unknown,
): Promise<FastifyReply> {
  const reader = readerOf(request, context);
  const name = Object.keys(sayable).find((one) => one === said) as keyof typeof sayable | undefined;
  const saying = name === undefined ? {} : { said: { text: signInWords(reader.language)[name], tone: sayable[name] } };
  return sendPage(request, reply, signInPage({ ...form, ...saying }, reader), context);
}

type Answered = SetPasswordAnswer | { readonly kind: "busy" | "not-same" };

async function unlessBusy(work: () => Promise<SetPasswordAnswer>): Promise<Answered> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof TooBusy) return { kind: "busy" };
    throw error;
  }
}

function answerText(
  answer: Exclude<Answered, { readonly kind: "signed-in" }>,
  language: "en" | "ko",
  refused: "refused" | "codeRefused",
): string {
  const words = signInWords(language);
  switch (answer.kind) {
    case "refused":
      return words[refused];
    case "wait":
      return words.wait(Math.max(1000, answer.milliseconds));
    case "busy":
      return words.busy;
    case "not-same":
      return words.notSame;
    case "problem":
      return words[answer.problem];
  }
}

function statusOf({ kind }: Answered): number {
  if (kind === "refused") return 401;
  if (kind === "wait") return 429;
  return kind === "busy" ? 503 : 400;
}
