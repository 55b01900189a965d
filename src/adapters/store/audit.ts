/** The rows of the audit log. `core/audit-chain.ts` has what chains them. */
import type { Selectable } from "kysely";

import type { Access } from "../../core/access.ts";
import type { AuditHead, AuditLink } from "../../core/audit-chain.ts";
import { breakAt, breakAtEnd, linkTo } from "../../core/audit-chain.ts";
import { canonicalJson } from "../../core/digest.ts";
import type { AuditCheck, AuditEntry, AuditFilter, AuditRead } from "../../ports/store.ts";
import { currentAccess } from "./access.ts";
import type { AuditRow, Database, Trx } from "./schema.ts";

const defaultLimit = 100;
const pageSize = 1000;

export async function appendToAudit(trx: Trx, at: number, entries: readonly AuditEntry[]): Promise<void> {
  if (entries.length === 0) return;
  let head: AuditHead | null = await readAuditHead(trx);
  for (const { actor, action, object, detail, from = currentAccess() } of entries) {
    const access = from === undefined ? null : canonicalJson(from);
    const row: AuditLink = linkTo(head, { at, actor, action, object, detail: canonicalJson(detail), access });
    await trx.insertInto("audit").values(row).execute();
    head = row;
  }
}

export async function readAuditHead(db: Database | Trx): Promise<AuditHead | null> {
  const head = db.selectFrom("audit").select(["sequence", "hash"]).orderBy("sequence", "desc").limit(1);
  return (await head.executeTakeFirst()) ?? null;
}

export async function readAudit(
  db: Database,
  { limit = defaultLimit, object, actor, action, since, until, before }: AuditFilter,
): Promise<AuditRead[]> {
  let query = db.selectFrom("audit").selectAll().orderBy("sequence", "desc").limit(limit);
  if (object !== undefined) query = query.where("object", "=", object);
  if (actor !== undefined) query = query.where("actor", "=", actor);
  if (action !== undefined) query = query.where("action", "=", action);
  if (since !== undefined) query = query.where("at", ">=", since);
  if (until !== undefined) query = query.where("at", "<", until);
  if (before !== undefined) query = query.where("sequence", "<", before);
  return (await query.execute()).map(({ sequence, at, actor, action, object, detail, access }) => ({
    sequence,
    at,
    actor,
    action,
    object,
    detail: JSON.parse(detail) as Record<string, unknown>,
    ...(access === null ? {} : { from: JSON.parse(access) as Access }),
  }));
}

/** Page by page: the log of years does not fit into memory, and commits go on in between. */
export async function* auditLinks(db: Database, after?: number): AsyncIterable<AuditLink> {
  for (let last = after; ;) {
    let query = db.selectFrom("audit").selectAll().orderBy("sequence").limit(pageSize);
    if (last !== undefined) query = query.where("sequence", ">", last);
    const page: Selectable<AuditRow>[] = await query.execute();
    yield* page;
    if (page.length < pageSize) return;
    last = page.at(-1)!.sequence;
  }
}

export async function checkAudit(rows: AsyncIterable<AuditLink>, known?: AuditHead): Promise<AuditCheck> {
  let head: AuditHead | null = null;
  for await (const row of rows) {
    const broken = breakAt(row, head, known);
    if (broken !== undefined) return { head, broken };
    head = { sequence: row.sequence, hash: row.hash };
  }
  return { head, broken: breakAtEnd(head, known) ?? null };
}
