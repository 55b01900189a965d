/**
 * How people prove who they are: passwords, one-time codes, identities elsewhere, and the sessions that begin so.
 *
 * Secrets come in as hashes only: what is kept lets nobody in.
 */
import type { AuditEntry } from "./audit.ts";

export interface Credential {
  readonly login: string;
  /** Of the password, with its parameters: `$argon2id$v=19$m=...`. */
  readonly hash: string;
  readonly changedAt: number;
}

/** Lets a person set a password, once. */
export interface SignInCode {
  /** SHA-256, as hex digits. */
  readonly hash: string;
  readonly login: string;
  readonly createdAt: number;
  readonly expiresAt: number;
}

export interface KeptSession {
  /** SHA-256 of what the browser holds, as hex digits. */
  readonly hash: string;
  readonly login: string;
  readonly createdAt: number;
  readonly usedAt: number;
}

/** Somebody as another server knows them. */
export interface Identity {
  readonly issuer: string;
  readonly subject: string;
  readonly login: string;
  readonly linkedAt: number;
}

export interface NewPassword {
  readonly credential: Credential;
  /** The code that allows it, which is used up by it; without one, the person has proved who they are before. */
  readonly code?: string;
}

/** Each call that writes is one transaction with its audit rows. */
export interface SignIns {
  credential(login: string): Promise<Credential | undefined>;
  /**
   * Every session, code and token of the login ends with it: one of them may be why there is a new password.
   *
   * @returns false, and nothing is written, when the code is not there any more
   */
  setPassword(password: NewPassword, audit: AuditEntry): Promise<boolean>;
  /** The same password under a better hash, unless another one was set meanwhile. Nothing ends. */
  replaceHash(credential: Omit<Credential, "changedAt">, instead: string): Promise<void>;

  /** In place of those that the login had. */
  addCode(code: SignInCode, audit: AuditEntry): Promise<void>;
  code(hash: string): Promise<SignInCode | undefined>;

  /** `instead` ends, so that no session outlives who signed in with it. */
  beginSession(session: KeptSession, audit: AuditEntry, instead?: string): Promise<void>;
  session(hash: string): Promise<KeptSession | undefined>;
  /** Without an audit row: that somebody looked is not kept. */
  touchSession(hash: string, usedAt: number): Promise<void>;
  /** @returns false when there is none */
  endSession(hash: string, audit: AuditEntry, at: number): Promise<boolean>;
  /** Forgets those begun before the one time or last used before the other, and codes that have expired. */
  forget(old: { readonly createdBefore: number; readonly usedBefore: number; readonly now: number }): Promise<void>;

  identity(issuer: string, subject: string): Promise<Identity | undefined>;
  /** @throws {NameTaken} when the identity, or the login at this issuer, is linked already */
  linkIdentity(identity: Identity, audit: AuditEntry): Promise<void>;
}
