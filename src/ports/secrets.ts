/** Secrets: what services need and nobody reads. Values are in no error, whatever went wrong. */
import type { SecretId, SecretPin } from "../core/secret.ts";

/** Who needs secrets. */
export interface SecretUser {
  readonly service: string;
  readonly environment: string;
}

/** What a deployment needs of secrets. */
export interface Secrets {
  /**
   * The versions that hold now, in the order of the names.
   *
   * Where a name holds in several scopes, the narrowest wins: the service in its environment, then the environment,
   * then the service everywhere, then the shared one. Secrets of other services and environments are not seen.
   *
   * @throws {SecretFailed} naming every name that is missing
   */
  current(names: readonly string[], user: SecretUser): Promise<readonly SecretPin[]>;

  /**
   * The value of exactly this version.
   *
   * @throws {SecretFailed} also when it was removed, or is not what was pinned any more
   */
  get(pin: SecretPin): Promise<string>;
}

export interface NewSecret extends SecretId {
  /** At most 64 KiB of UTF-8; taken as it is, without any trimming. */
  readonly value: string;
  readonly by: string;
}

/** A secret without its value. */
export interface SecretRecord extends SecretId {
  /** The newest first. */
  readonly versions: readonly {
    readonly version: string;
    /** Milliseconds since 1970. */
    readonly at: number;
    readonly by: string;
  }[];
}

/** Keeps secrets itself. Every change is durable, with its row in the audit log, when it returns. */
export interface SecretVault extends Secrets {
  /**
   * Adds a version, which holds from now on.
   *
   * @returns its pin, and why the value is a weak one, if it is
   * @throws {SecretFailed} because it is `refused`
   */
  put(secret: NewSecret): Promise<{ readonly pin: SecretPin; readonly warning: string | null }>;

  /** By name, then by scope. */
  list(): Promise<readonly SecretRecord[]>;

  /**
   * Forgets the values of all versions. Their numbers are not given again.
   *
   * @returns false when there is no such secret
   */
  remove(secret: SecretId, by: string): Promise<boolean>;

  /** Every value in every version, for those who keep them out of logs. */
  values(): Promise<readonly string[]>;

  /**
   * Takes a new key for everything that is kept; values and versions stay. Killed at any point, everything can be
   * read, and it can be asked for again.
   *
   * @returns how many versions are under the new key
   * @throws {SecretFailed} naming the secrets that can't be read; nothing was changed then
   */
  rotateKey(by: string): Promise<{ readonly versions: number }>;
}

/** `changed`: there is a value, but not the one that was pinned. `provider`: somebody else's program did not do it. */
export type SecretFailure = "missing" | "refused" | "no-key" | "damaged" | "changed" | "provider";

/** The message names secrets and says what to do; it holds no value, nor a part of one. */
export class SecretFailed extends Error {
  override readonly name = "SecretFailed";
  readonly kind: SecretFailure;

  constructor(kind: SecretFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}
