/** Tables as SQLite makes them, and their changes from one Signalbox to the next. */
import { dirname, join } from "node:path";
import type { DatabaseSync } from "node:sqlite";

import { sql } from "kysely";
import type { MigrationProvider } from "kysely/migration";
import { Migrator } from "kysely/migration";

import { migrations } from "./migrations/index.ts";
import type { TableStyle } from "./migrations/table-style.ts";
import type { Database } from "./schema.ts";
import { copyDatabase } from "./sqlite-backup.ts";

const tableStyle: TableStyle = {
  wide: "integer",
  finish: (table) => table.modifyEnd(sql`strict`),
};

/** Brings the tables up to date in one transaction. A store that holds something is copied before that. */
export async function migrateSqlite(
  db: Database,
  raw: DatabaseSync,
  file: string,
  provider: MigrationProvider = migrations(tableStyle),
): Promise<void> {
  const migrator = new Migrator({ db, provider });
  const known = await migrator.getMigrations();
  const pending = known.filter(({ executedAt }) => executedAt === undefined);
  if (pending.length > 0 && pending.length < known.length) {
    await copyDatabase(raw, join(dirname(file), `before-${pending[0]!.name}-${Date.now()}.db`));
  }
  const { error } = await migrator.migrateToLatest();
  if (error === undefined) return;
  const newer = /previously executed migration (\S+) is missing/.exec(String(error))?.[1];
  throw newer === undefined ? error : new Error(`${file} was written by a newer Signalbox (it has ${newer}).`);
}
