/** What a form has to bring before it may change anything: it comes from a page of ours, of the same session. */
import type { FastifyRequest } from "fastify";

import { isFormTokenOf } from "../../deployments/sign-in/sessions.ts";

/** The form is from elsewhere, or of a session that is over. */
export class ForeignForm extends Error {
  override readonly name = "ForeignForm";
}

const reading = new Set(["GET", "HEAD", "OPTIONS"]);

/** @throws {ForeignForm} */
export function checkForm(request: FastifyRequest, server: string | undefined): void {
  if (reading.has(request.method)) return;
  if (!comesFromHere(request, server)) throw new ForeignForm("the form comes from another site");
  const { signedIn } = request;
  if (signedIn === undefined) return;
  const { form } = (request.body ?? {}) as { readonly form?: unknown };
  if (typeof form === "string" && isFormTokenOf(signedIn.token, form)) return;
  throw new ForeignForm("the form is not of this session");
}

/** Every browser of today says from where a form comes; who says nothing is no browser. */
function comesFromHere({ headers, protocol, host }: FastifyRequest, server: string | undefined): boolean {
  const { origin } = headers;
  if (origin === undefined) return headers["sec-fetch-site"] === "same-origin";
  return origin === (server === undefined ? `${protocol}://${host}` : new URL(server).origin);
}

const pagePattern = /^\/(?:inbox|away|tokens|approvals\/[0-9a-z-]{1,40}|deployments\/[0-9a-z-]{1,40})$/;

/** Where to go after signing in: a page of ours and nothing else. */
export function pagePath(asked: unknown): string {
  return typeof asked === "string" && pagePattern.test(asked) ? asked : "/inbox";
}
