/**
 * The rows of the vault. Nothing in them can be read without the master key but names, scopes, times and people.
 *
 * A secret that was removed leaves one row without a value, so that its numbers are not given again.
 */
import type { Kysely, Transaction } from "kysely";

import type { AuditEntry } from "../../ports/store.ts";
import type { Label, Sealed } from "./seal.ts";

/** Added to the tables of the store by kysely's `withTables`, which takes no interface. */
export type SecretTables = { secrets: SecretRow };

export interface SecretRow {
  /** Empty for every one. */
  environment: string;
  /** Empty for every one. */
  service: string;
  name: string;
  version: number;
  /** These three are null together: the secret was removed. */
  key_id: string | null;
  wrapped_key: string | null;
  sealed: string | null;
  created_at: number;
  created_by: string;
}

/** The part of the store that the vault works on. */
export interface SecretDatabase {
  readonly db: Kysely<SecretTables>;
  /** One transaction, with the rows of the audit log that it returns. Nothing but the database is waited for in it. */
  write<Result>(
    transaction: (trx: Transaction<SecretTables>) => Promise<{ result: Result; audit: readonly AuditEntry[] }>,
  ): Promise<Result>;
}

/** Which secret; empty for every environment, or every service. */
export type SecretKey = Pick<Label, "environment" | "service" | "name">;

/** One version of a secret; without a seal when it was removed. */
export interface StoredVersion {
  readonly label: Label;
  readonly seal: Sealed | null;
}

type Reader = Kysely<SecretTables>;
type Writer = Transaction<SecretTables>;

/** By name, then by scope, then the newest version first. */
export async function readAll(db: Reader): Promise<StoredVersion[]> {
  const rows = await db
    .selectFrom("secrets")
    .selectAll()
    .orderBy("name")
    .orderBy("environment")
    .orderBy("service")
    .orderBy("version", "desc")
    .execute();
  return rows.map(stored);
}

/** All secrets with these names, the newest version of each first. */
export async function readNamed(db: Reader, names: readonly string[]): Promise<StoredVersion[]> {
  if (names.length === 0) return [];
  const rows = await db
    .selectFrom("secrets")
    .selectAll()
    .where("name", "in", names)
    .orderBy("version", "desc")
    .execute();
  return rows.map(stored);
}

/** The newest version first. */
export async function readSecret(db: Reader, { environment, service, name }: SecretKey): Promise<StoredVersion[]> {
  const rows = await db
    .selectFrom("secrets")
    .selectAll()
    .where("environment", "=", environment)
    .where("service", "=", service)
    .where("name", "=", name)
    .orderBy("version", "desc")
    .execute();
  return rows.map(stored);
}

export async function isEmpty(db: Reader): Promise<boolean> {
  const row = await db.selectFrom("secrets").select("name").where("sealed", "is not", null).limit(1).executeTakeFirst();
  return row === undefined;
}

export async function addVersion(trx: Writer, { label, seal }: StoredVersion): Promise<void> {
  const { at, by, ...key } = label;
  await trx
    .insertInto("secrets")
    .values({
      ...key,
      key_id: seal?.keyId ?? null,
      wrapped_key: seal?.wrappedKey ?? null,
      sealed: seal?.sealed ?? null,
      created_at: at,
      created_by: by,
    })
    .execute();
}

/** Forgets every version below this one. */
export async function forgetBefore(trx: Writer, { environment, service, name, version }: Label): Promise<void> {
  await trx
    .deleteFrom("secrets")
    .where("environment", "=", environment)
    .where("service", "=", service)
    .where("name", "=", name)
    .where("version", "<", version)
    .execute();
}

export async function replaceWrapping(trx: Writer, label: Label, { keyId, wrappedKey }: Sealed): Promise<void> {
  await trx
    .updateTable("secrets")
    .set({ key_id: keyId, wrapped_key: wrappedKey })
    .where("environment", "=", label.environment)
    .where("service", "=", label.service)
    .where("name", "=", label.name)
    .where("version", "=", label.version)
    .execute();
}

function stored(row: SecretRow): StoredVersion {
  const { environment, service, name, version, key_id, wrapped_key, sealed, created_at, created_by } = row;
  return {
    label: { environment, service, name, version, at: created_at, by: created_by },
    seal:
      key_id === null || wrapped_key === null || sealed === null
        ? null
        : { keyId: key_id, wrappedKey: wrapped_key, sealed },
  };
}
