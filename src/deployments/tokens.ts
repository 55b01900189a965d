/** API tokens: shown once, kept as a hash, limited in what they may do and for how long. */
import { createHash, randomBytes } from "node:crypto";

import type { Caller, Scope } from "../core/permissions.ts";
import type { World } from "./world.ts";

const day = 24 * 60 * 60 * 1000;
export const longestTokenDays = 90;
/** Makes a token recognisable to people and to scanners for leaked secrets. */
const prefix = "sbx_";

export interface TokenRequest {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly days: number;
}

export interface NewToken {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly expiresAt: number;
  /** Never shown again. */
  readonly token: string;
}

/** @throws {NameTaken} */
export async function createToken({ name, scopes, days }: TokenRequest, by: string, world: World): Promise<NewToken> {
  if (days > longestTokenDays) throw new RangeError(`a token is valid for at most ${longestTokenDays} days`);
  const token = prefix + randomBytes(32).toString("base64url");
  const at = world.clock.now();
  const expiresAt = at + days * day;
  await world.store.addToken({ name, hash: hashOf(token), scopes, createdAt: at, createdBy: by, expiresAt });
  return { name, scopes, expiresAt, token };
}

/** @returns false when there is no such token */
export async function revokeToken(name: string, by: string, { store, clock }: World): Promise<boolean> {
  return store.revokeToken(name, by, clock.now());
}

/** Whose token this is; nobody's when it is unknown, revoked or expired. */
export async function callerOfToken(token: string, { store, clock }: World): Promise<Caller | undefined> {
  const hash = hashOf(token);
  // A token is 32 random bytes: how long the search for its hash takes tells nothing about another one.
  const found = (await store.tokens()).find((one) => one.hash === hash && clock.now() < one.expiresAt);
  return found === undefined ? undefined : { name: `token:${found.name}`, scopes: found.scopes };
}

function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
