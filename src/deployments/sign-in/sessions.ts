/** Sessions: 32 random bytes in a browser, their hash in the store. */
import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";

import type { Person } from "../../ports/people.ts";
import type { KeptSession } from "../../ports/sign-in.ts";
import type { SignInWorld } from "./sign-in-world.ts";

const minute = 60 * 1000;
const hour = 60 * minute;
export const idleMilliseconds = 8 * hour;
export const longestMilliseconds = 24 * hour;
/** The store is not written for every page that somebody looks at. */
const touchMilliseconds = minute;

export interface SignedIn {
  readonly person: Person;
  readonly token: string;
}

/** How somebody proved who they are, and from where: for the audit log. */
export interface Proof {
  readonly how: "password" | "code" | "oidc";
  readonly from: string;
}

/** @returns the token for the browser; nothing else has it */
export async function beginSession(
  login: string,
  proof: Proof,
  { store, clock }: SignInWorld,
  instead?: string,
): Promise<string> {
  const token = randomBytes(32).toString("base64url");
  const at = clock.now();
  await store.signIns.beginSession(
    { hash: hashOf(token), login, createdAt: at, usedAt: at },
    { actor: login, action: "sign-in", object: `person ${login}`, detail: { ...proof } },
    instead === undefined ? undefined : hashOf(instead),
  );
  return token;
}

/** Who is signed in with this token; nobody when it is unknown or old, or the person may not be here any more. */
export async function signedInWith(token: string, { store, clock }: SignInWorld): Promise<SignedIn | undefined> {
  const hash = hashOf(token);
  const now = clock.now();
  const session = await store.signIns.session(hash);
  if (session === undefined || isOver(session, now)) return undefined;
  const person = await store.people.find(session.login);
  if (person === undefined || person.disabled) return undefined;
  if (now - session.usedAt >= touchMilliseconds) await store.signIns.touchSession(hash, now);
  return { person, token };
}

function isOver({ createdAt, usedAt }: KeptSession, now: number): boolean {
  return now - createdAt >= longestMilliseconds || now - usedAt >= idleMilliseconds;
}

export async function endSession(
  { token, person }: SignedIn,
  from: string,
  { store, clock }: SignInWorld,
): Promise<void> {
  const audit = { actor: person.login, action: "sign-out", object: `person ${person.login}`, detail: { from } };
  await store.signIns.endSession(hashOf(token), audit, clock.now());
}

export async function forgetOldSessions({ store, clock }: SignInWorld): Promise<void> {
  const now = clock.now();
  await store.signIns.forget({ createdBefore: now - longestMilliseconds, usedBefore: now - idleMilliseconds, now });
}

/** What every form of a session carries: another site can send a form, but can't know this. */
export function formTokenOf(token: string): string {
  return createHmac("sha256", token).update("form").digest("base64url");
}

export function isFormTokenOf(token: string, given: string): boolean {
  return timingSafeEqual(digestOf(formTokenOf(token)), digestOf(given));
}

function hashOf(token: string): string {
  return digestOf(token).toString("hex");
}

function digestOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
