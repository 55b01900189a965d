/** How pages are sent, and what people see when something did not work. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { ZodError } from "zod";

import type { Refusal } from "../../core/approval.ts";
import { DecisionRefused } from "../../deployments/approvals/decide.ts";
import { frameWords } from "../../words/page-frame.ts";
import { refusalReason, refusalWords } from "../../words/page-refusal.ts";
import { toProblem } from "../problems.ts";
import { ForeignForm, pagePath } from "./guard.ts";
import { html } from "./html.ts";
import type { Page } from "./layout.ts";
import { layout, notice } from "./layout.ts";
import type { Reading } from "./visitor.ts";
import { readerOf, SignInNeeded } from "./visitor.ts";

const policy = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** `same-origin`, not `no-referrer`: with that one browsers hide from where a form comes, also from us. */
export const headers = {
  "content-security-policy": policy,
  "x-frame-options": "DENY",
  "referrer-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
};

export async function sendPage(
  request: FastifyRequest,
  reply: FastifyReply,
  page: Page,
  context: Reading,
  status = 200,
): Promise<FastifyReply> {
  const body = layout(page, readerOf(request, context)).toString();
  return reply
    .headers(headers)
    .code(status)
    .header("cache-control", "no-store")
    .type("text/html; charset=utf-8")
    .send(body);
}

/** After a form another page is shown, so that nothing is sent twice. */
export async function goTo(reply: FastifyReply, path: string): Promise<FastifyReply> {
  return reply.headers(headers).header("cache-control", "no-store").redirect(path, 303);
}

export async function answerTrouble(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  context: Reading,
): Promise<FastifyReply> {
  if (error instanceof SignInNeeded) return goTo(reply, `/sign-in?next=${encodeURIComponent(pageOf(request))}`);
  const { status, page } = troublePage(error, request, context);
  if (status >= 500) request.log.error({ err: error }, "a page failed");
  return sendPage(request, reply, page, context, status);
}

/** The page to which a form belongs, without what the form does. */
function pageOf({ url }: FastifyRequest): string {
  const path = url.split("?")[0]!;
  return pagePath(/^\/(?:approvals|deployments)\/[^/]+|^\/\w+/.exec(path)?.[0]);
}

function troublePage(error: unknown, request: FastifyRequest, context: Reading): { status: number; page: Page } {
  const { language } = readerOf(request, context);
  const words = frameWords(language);
  if (error instanceof DecisionRefused) return { status: 409, page: refusedPage(error.code, request, context) };
  const status = error instanceof ForeignForm ? 403 : error instanceof ZodError ? 400 : toProblem(error).status;
  const say = (title: string, text: string) => ({ status, page: noticePage(title, text, words.back, "/inbox") });
  if (error instanceof ForeignForm) {
    return { status, page: noticePage(words.wrongForm, words.wrongFormText, words.again, pageOf(request)) };
  }
  if (status === 404) return say(words.notThere, words.notThereText);
  if (status === 403) return say(words.notAllowed, words.notAllowedText);
  if (status < 500)
    return { status, page: noticePage(words.wrongInput, words.wrongInputText, words.again, pageOf(request)) };
  return say(words.trouble, words.troubleText);
}

function refusedPage(code: Refusal["code"], request: FastifyRequest, context: Reading): Page {
  const { language } = readerOf(request, context);
  const words = refusalWords(language);
  const isMoved = code === "other-plan";
  return noticePage(
    isMoved ? words.movedTitle : words.title,
    refusalReason(code, language),
    isMoved ? words.lookNew : words.look,
    pageOf(request),
  );
}

function noticePage(title: string, text: string, label: string, path: string): Page {
  return { title, main: notice({ title, text, link: html`<a class="button" href="${path}">${label}</a>` }, "bad") };
}
