/** API tokens: shown once, kept as a hash, limited in what they may do, where, and for how long. */
import { createHash, randomBytes } from "node:crypto";

import type { Caller, Grant } from "../core/permissions.ts";
import { tokenEnd, tokenRefusal } from "../core/token.ts";
import { callerOfRow } from "./callers.ts";
import type { World } from "./world.ts";

const day = 24 * 60 * 60 * 1000;
export const longestTokenDays = 90;
/** Makes a token recognisable to people and to scanners for leaked secrets. */
const prefix = "sbx_";

export interface TokenRequest {
  readonly name: string;
  /** A person's own token acts as the person who makes it. */
  readonly for: "person" | "machine";
  readonly grants: readonly Grant[];
  readonly days: number;
}

export interface NewToken {
  readonly name: string;
  readonly login: string | null;
  readonly grants: readonly Grant[];
  readonly expiresAt: number;
  /** Never shown again. */
  readonly token: string;
}

/** What was asked for is more than the maker may give. */
export class TokenRefused extends Error {
  override readonly name = "TokenRefused";
}

/**
 * @throws {TokenRefused}
 * @throws {NameTaken}
 */
export async function createToken(request: TokenRequest, maker: Caller, { store, clock }: World): Promise<NewToken> {
  const { name, grants, days } = request;
  if (days > longestTokenDays) throw new RangeError(`a token is valid for at most ${longestTokenDays} days`);
  const refusal = tokenRefusal(maker, request);
  if (refusal !== undefined) throw new TokenRefused(refusal);
  const token = prefix + randomBytes(32).toString("base64url");
  const at = clock.now();
  const expiresAt = tokenEnd(maker, at + days * day);
  const login = request.for === "person" ? maker.login! : null;
  const row = { name, hash: hashOf(token), grants, login, createdAt: at, createdBy: maker.name, expiresAt };
  await store.addToken(row);
  return { name, login, grants, expiresAt, token };
}

/** @returns false when there is no such token */
export async function revokeToken(name: string, by: string, { store, clock }: World): Promise<boolean> {
  return store.revokeToken(name, by, clock.now());
}

/** Whose token this is; nobody's when it is unknown, revoked or expired, or its person is disabled. */
export async function callerOfToken(token: string, world: World): Promise<Caller | undefined> {
  const { store, clock } = world;
  const hash = hashOf(token);
  // A token is 32 random bytes: how long the search for its hash takes tells nothing about another one.
  const found = (await store.tokens()).find((one) => one.hash === hash && clock.now() < one.expiresAt);
  return found === undefined ? undefined : callerOfRow(found, world);
}

function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
