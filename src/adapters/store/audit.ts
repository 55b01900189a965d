/**
 * The audit log: a chain in which each row carries the hash of the one before.
 *
 * A row that is edited, removed or moved breaks the chain there. Rows cut off at its end show only against a head
 * that was kept somewhere else.
 */
import type { Selectable } from "kysely";

import { canonicalJson, digestOf } from "../../core/digest.ts";
import type { AuditCheck, AuditEntry, AuditHead } from "../../ports/store.ts";
import type { AuditRow, Database, Trx } from "./schema.ts";

const defaultLimit = 100;
const pageSize = 1000;

export async function appendToAudit(trx: Trx, at: number, entries: readonly AuditEntry[]): Promise<void> {
  if (entries.length === 0) return;
  let head = await trx
    .selectFrom("audit")
    .select(["sequence", "hash"])
    .orderBy("sequence", "desc")
    .limit(1)
    .executeTakeFirst();
  for (const { actor, action, object, detail } of entries) {
    const row = {
      sequence: (head?.sequence ?? 0) + 1,
      at,
      actor,
      action,
      object,
      detail: canonicalJson(detail),
      previous: head?.hash ?? "",
    };
    head = { sequence: row.sequence, hash: digestOf(row) };
    await trx
      .insertInto("audit")
      .values({ ...row, hash: head.hash })
      .execute();
  }
}

export type AuditRead = AuditEntry & { readonly at: number; readonly sequence: number };

export async function readAudit(
  db: Database,
  { limit = defaultLimit, object }: { readonly limit?: number; readonly object?: string },
): Promise<AuditRead[]> {
  let query = db.selectFrom("audit").selectAll().orderBy("sequence", "desc").limit(limit);
  if (object !== undefined) query = query.where("object", "=", object);
  return (await query.execute()).map(({ sequence, at, actor, action, object, detail }) => ({
    sequence,
    at,
    actor,
    action,
    object,
    detail: JSON.parse(detail) as Record<string, unknown>,
  }));
}

/** Reads page by page: the log of years does not fit into memory, and commits go on in between. */
export async function checkAudit(db: Database, known?: AuditHead): Promise<AuditCheck> {
  let head: AuditHead | null = null;
  for (;;) {
    const page: Selectable<AuditRow>[] = await db
      .selectFrom("audit")
      .selectAll()
      .where("sequence", ">", head?.sequence ?? 0)
      .orderBy("sequence")
      .limit(pageSize)
      .execute();
    for (const row of page) {
      const expected: number = (head?.sequence ?? 0) + 1;
      if (!follows(row, head) || (known?.sequence === expected && known.hash !== row.hash)) {
        return { head, brokenAt: expected };
      }
      head = { sequence: row.sequence, hash: row.hash };
    }
    if (page.length < pageSize) break;
  }
  const sequence = head?.sequence ?? 0;
  return { head, brokenAt: known !== undefined && known.sequence > sequence ? sequence + 1 : null };
}

function follows({ hash, ...row }: Selectable<AuditRow>, head: AuditHead | null): boolean {
  return row.sequence === (head?.sequence ?? 0) + 1 && row.previous === (head?.hash ?? "") && hash === digestOf(row);
}
