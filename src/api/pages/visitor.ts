/** Who looks at a page: the session that a cookie names. Other ways in have no pages. */
import type { FastifyReply, FastifyRequest } from "fastify";

import type { Caller } from "../../core/permissions.ts";
import type { Language } from "../../core/language.ts";
import type { SignedIn } from "../../deployments/sign-in/sessions.ts";
import { formTokenOf, longestMilliseconds, signedInWith } from "../../deployments/sign-in/sessions.ts";
import type { World } from "../../deployments/world.ts";
import type { Reader } from "./layout.ts";

/** Somebody has to sign in before this page is for their eyes. */
export class SignInNeeded extends Error {
  override readonly name = "SignInNeeded";
}

declare module "fastify" {
  interface FastifyRequest {
    /** On pages: who is signed in. */
    signedIn: SignedIn | undefined;
  }
}

/** @throws {SignInNeeded} */
export async function callerOnPage(request: FastifyRequest, world: World): Promise<Caller> {
  const token = sessionIn(request);
  const signedIn = token === undefined ? undefined : await signedInWith(token, world);
  if (signedIn === undefined) throw new SignInNeeded("nobody is signed in");
  request.signedIn = signedIn;
  const { login, grants } = signedIn.person;
  return { name: login, login, via: "session", grants };
}

/** `__Host-` keeps other hosts of the same domain from setting it; browsers take it over TLS alone. */
function cookieName({ protocol }: FastifyRequest, name: string): string {
  return protocol === "https" ? `__Host-${name}` : name;
}

export function sessionIn(request: FastifyRequest): string | undefined {
  return cookieIn(request, "signalbox", /^[\w-]{43}$/);
}

export function cookieIn(request: FastifyRequest, name: string, pattern: RegExp): string | undefined {
  const wanted = `${cookieName(request, name)}=`;
  const found = (request.headers.cookie ?? "").split(/;\s*/).filter((one) => one.startsWith(wanted));
  const value = found[0]?.slice(wanted.length);
  // Two of one name: one of them was put there by somebody else.
  return found.length === 1 && value !== undefined && pattern.test(value) ? value : undefined;
}

export function keepSession(request: FastifyRequest, reply: FastifyReply, token: string): void {
  setCookie(request, reply, { name: "signalbox", value: token, seconds: longestMilliseconds / 1000 });
}

export function forgetSession(request: FastifyRequest, reply: FastifyReply): void {
  setCookie(request, reply, { name: "signalbox", value: "", seconds: 0 });
}

export interface Cookie {
  readonly name: string;
  /** Of letters, digits, `-`, `_` and `.`. */
  readonly value: string;
  readonly seconds: number;
}

export function setCookie(request: FastifyRequest, reply: FastifyReply, { name, value, seconds }: Cookie): void {
  const secure = request.protocol === "https" ? "; Secure" : "";
  const attributes = `Path=/; HttpOnly; SameSite=Lax; Max-Age=${seconds}${secure}`;
  reply.header("set-cookie", `${cookieName(request, name)}=${value}; ${attributes}`);
}

export function readerOf(request: FastifyRequest, { world, timeZone }: Reading): Reader {
  const { signedIn } = request;
  return {
    language: signedIn?.person.language ?? languageOf(request.headers["accept-language"]),
    now: world.clock.now(),
    // Without a script nobody knows where the reader is; the zone stands beside each time.
    timeZone: timeZone?.() ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
    formToken: signedIn === undefined ? "" : formTokenOf(signedIn.token),
    ...(signedIn === undefined ? {} : { person: { login: signedIn.person.login, name: signedIn.person.name } }),
  };
}

/** What is known of readers beside their request. */
export interface Reading {
  readonly world: Pick<World, "clock">;
  readonly timeZone?: () => string | undefined;
}

/** The first of the two that a browser names; browsers name the preferred one first. */
export function languageOf(accepted: string | undefined): Language {
  const named = (accepted ?? "")
    .toLowerCase()
    .split(",")
    .map((one) => one.trim().slice(0, 2));
  return named.find((one) => one === "ko" || one === "en") === "ko" ? "ko" : "en";
}
