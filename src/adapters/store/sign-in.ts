/** Passwords, codes, sessions and identities, by hashes of their secrets. */
import type { Selectable } from "kysely";

import type { Ended } from "../../ports/people.ts";
import type { KeptSession, NewPassword, SignInCode, SignIns } from "../../ports/sign-in.ts";
import type { AuditEntry } from "../../ports/store.ts";
import { NameTaken } from "../../ports/store.ts";
import { appendToAudit } from "./audit.ts";
import type { Database, SessionRow, SignInCodeRow, Trx } from "./schema.ts";
import { revokeTokensOf } from "./tokens.ts";

/** `write` runs one transaction. */
export function signInsIn(
  db: Database,
  write: <Result>(transaction: (trx: Trx) => Promise<Result>) => Promise<Result>,
): SignIns {
  return {
    credential: async (login) => {
      const row = await db.selectFrom("credentials").selectAll().where("login", "=", login).executeTakeFirst();
      return row === undefined ? undefined : { login, hash: row.hash, changedAt: row.changed_at };
    },
    setPassword: (password, audit) => write((trx) => setPassword(trx, password, audit)),
    replaceHash: ({ login, hash }, instead) =>
      write(async (trx) => {
        const credentials = trx.updateTable("credentials").set({ hash });
        await credentials.where("login", "=", login).where("hash", "=", instead).execute();
      }),

    addCode: (code, audit) => write((trx) => addCode(trx, code, audit)),
    code: async (hash) => {
      const row = await db.selectFrom("sign_in_codes").selectAll().where("hash", "=", hash).executeTakeFirst();
      return row === undefined ? undefined : readCode(row);
    },

    beginSession: (session, audit, instead) => write((trx) => beginSession(trx, session, audit, instead)),
    session: async (hash) => {
      const row = await db.selectFrom("sessions").selectAll().where("hash", "=", hash).executeTakeFirst();
      return row === undefined ? undefined : readSession(row);
    },
    touchSession: (hash, usedAt) =>
      write(async (trx) => {
        await trx.updateTable("sessions").set({ used_at: usedAt }).where("hash", "=", hash).execute();
      }),
    endSession: (hash, audit, at) =>
      write(async (trx) => (await endSessions(trx, { column: "hash", value: hash }, audit, at)) > 0),
    forget: ({ createdBefore, usedBefore, now }) =>
      write(async (trx) => {
        const isOld = trx.deleteFrom("sessions");
        await isOld
          .where(({ eb, or }) => or([eb("created_at", "<", createdBefore), eb("used_at", "<", usedBefore)]))
          .execute();
        await trx.deleteFrom("sign_in_codes").where("expires_at", "<", now).execute();
      }),

    identity: async (issuer, subject) => {
      const query = db.selectFrom("identities").selectAll().where("issuer", "=", issuer).where("subject", "=", subject);
      const row = await query.executeTakeFirst();
      return row === undefined ? undefined : { issuer, subject, login: row.login, linkedAt: row.linked_at };
    },
    linkIdentity: ({ issuer, subject, login, linkedAt }, audit) =>
      write(async (trx) => {
        const inserted = await trx
          .insertInto("identities")
          .values({ issuer, subject, login, linked_at: linkedAt })
          .onConflict((conflict) => conflict.doNothing())
          .executeTakeFirst();
        if (inserted.numInsertedOrUpdatedRows === 0n) {
          throw new NameTaken(`${login} is linked to somebody else at ${issuer} already`);
        }
        await appendToAudit(trx, linkedAt, [audit]);
      }),
  };
}

async function setPassword(trx: Trx, { credential, code }: NewPassword, audit: AuditEntry): Promise<boolean> {
  const { login, hash, changedAt } = credential;
  if (code !== undefined) {
    const used = trx.deleteFrom("sign_in_codes").where("hash", "=", code).where("login", "=", login);
    if ((await used.executeTakeFirst()).numDeletedRows === 0n) return false;
  }
  const values = { hash, changed_at: changedAt };
  await trx
    .insertInto("credentials")
    .values({ login, ...values })
    .onConflict((conflict) => conflict.column("login").doUpdateSet(values))
    .execute();
  await trx.deleteFrom("sessions").where("login", "=", login).execute();
  await endCodes(trx, login);
  await appendToAudit(trx, changedAt, [audit]);
  await revokeTokensOf(trx, login, audit.actor, changedAt);
  return true;
}

/** What let somebody in. Each token has its audit row, and the sessions have one together. */
export async function endWhatLetsIn(trx: Trx, { login, what, by }: Ended, at: number): Promise<void> {
  const codes = await endCodes(trx, login);
  const entry = { actor: by, object: `person ${login}`, detail: {} };
  if (codes > 0) await appendToAudit(trx, at, [{ ...entry, action: "end-sign-in-code" }]);
  if (what === "codes") return;
  await endSessions(trx, { column: "login", value: login }, { ...entry, action: "sign-out-everywhere" }, at);
  await revokeTokensOf(trx, login, by, at);
}

async function endCodes(trx: Trx, login: string): Promise<number> {
  const { numDeletedRows } = await trx.deleteFrom("sign_in_codes").where("login", "=", login).executeTakeFirst();
  return Number(numDeletedRows);
}

async function addCode(trx: Trx, { hash, login, createdAt, expiresAt }: SignInCode, audit: AuditEntry): Promise<void> {
  await endCodes(trx, login);
  await trx.insertInto("sign_in_codes").values({ hash, login, created_at: createdAt, expires_at: expiresAt }).execute();
  await appendToAudit(trx, createdAt, [audit]);
}

async function beginSession(
  trx: Trx,
  { hash, login, createdAt, usedAt }: KeptSession,
  audit: AuditEntry,
  instead: string | undefined,
): Promise<void> {
  if (instead !== undefined) await trx.deleteFrom("sessions").where("hash", "=", instead).execute();
  await trx.insertInto("sessions").values({ hash, login, created_at: createdAt, used_at: usedAt }).execute();
  await appendToAudit(trx, createdAt, [audit]);
}

async function endSessions(
  trx: Trx,
  { column, value }: { readonly column: "hash" | "login"; readonly value: string },
  audit: AuditEntry,
  at: number,
): Promise<number> {
  const { numDeletedRows } = await trx.deleteFrom("sessions").where(column, "=", value).executeTakeFirst();
  if (numDeletedRows > 0n) await appendToAudit(trx, at, [audit]);
  return Number(numDeletedRows);
}

function readCode({ hash, login, created_at, expires_at }: Selectable<SignInCodeRow>): SignInCode {
  return { hash, login, createdAt: created_at, expiresAt: expires_at };
}

function readSession({ hash, login, created_at, used_at }: Selectable<SessionRow>): KeptSession {
  return { hash, login, createdAt: created_at, usedAt: used_at };
}
