/** API tokens, by the hash of their secret. */
import type { Grant } from "../../core/permissions.ts";
import type { TokenRow } from "../../ports/store.ts";
import { NameTaken } from "../../ports/store.ts";
import { appendToAudit } from "./audit.ts";
import type { Database, Trx } from "./schema.ts";

export async function addToken(trx: Trx, token: TokenRow): Promise<void> {
  const { name, hash, grants, login, createdAt, createdBy, expiresAt } = token;
  const inserted = await trx
    .insertInto("tokens")
    .values({
      name,
      hash,
      grants: JSON.stringify(grants),
      login,
      created_at: createdAt,
      created_by: createdBy,
      expires_at: expiresAt,
    })
    .onConflict((conflict) => conflict.column("name").doNothing())
    .executeTakeFirst();
  if (inserted.numInsertedOrUpdatedRows === 0n) throw new NameTaken(`there is a token ${name} already`);
  await appendToAudit(trx, createdAt, [
    {
      actor: createdBy,
      action: "create-token",
      object: `token ${name}`,
      detail: { before: null, after: { grants, login, expiresAt } },
    },
  ]);
}

export async function readTokens(db: Database): Promise<TokenRow[]> {
  const rows = await db.selectFrom("tokens").selectAll().orderBy("name").execute();
  return rows.map((row) => ({
    name: row.name,
    hash: row.hash,
    grants: JSON.parse(row.grants) as Grant[],
    login: row.login,
    createdAt: row.created_at,
    createdBy: row.created_by,
    expiresAt: row.expires_at,
  }));
}

export async function revokeToken(trx: Trx, name: string, by: string, at: number): Promise<boolean> {
  const row = await trx.deleteFrom("tokens").where("name", "=", name).returningAll().executeTakeFirst();
  if (row === undefined) return false;
  const before = { grants: JSON.parse(row.grants) as Grant[], login: row.login, expiresAt: row.expires_at };
  await appendToAudit(trx, at, [
    { actor: by, action: "revoke-token", object: `token ${name}`, detail: { before, after: null } },
  ]);
  return true;
}

export async function revokeTokensOf(trx: Trx, login: string, by: string, at: number): Promise<void> {
  const own = await trx.selectFrom("tokens").select("name").where("login", "=", login).orderBy("name").execute();
  for (const { name } of own) await revokeToken(trx, name, by, at);
}
