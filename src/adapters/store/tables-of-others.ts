/**
 * The store's database for another adapter that keeps rows of its own in it: what it writes is in the same
 * transactions, backups and audit log as everything else.
 */
import type { Kysely, Transaction } from "kysely";

import type { Clock } from "../../ports/clock.ts";
import type { AuditEntry } from "../../ports/store.ts";
import { appendToAudit } from "./audit.ts";
import type { Database, Trx } from "./schema.ts";

export interface TablesOfOthers<Others extends Record<string, object>> {
  /** For reading. Inside of a transaction nothing else than the transaction is asked. */
  readonly db: Kysely<Others>;
  /** One transaction, with the rows of the audit log that it returns. Nothing but the database is waited for in it. */
  write<Result>(
    work: (trx: Transaction<Others>) => Promise<{ readonly result: Result; readonly audit: readonly AuditEntry[] }>,
  ): Promise<Result>;
}

export function tablesOfOthers<Others extends Record<string, object>>(
  db: Database,
  write: <Result>(transaction: (trx: Trx) => Promise<Result>) => Promise<Result>,
  clock: Clock,
): TablesOfOthers<Others> {
  return {
    db: db.withTables<Others>() as unknown as Kysely<Others>,
    write: (work) =>
      write(async (trx) => {
        const { result, audit } = await work(trx.withTables<Others>() as unknown as Transaction<Others>);
        await appendToAudit(trx, clock.now(), audit);
        return result;
      }),
  };
}
