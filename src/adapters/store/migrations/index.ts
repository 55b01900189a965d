/** Every migration there has been, in order. One that was released is never changed. */
import type { CreateTableBuilder, Kysely } from "kysely";
import type { Migration, MigrationProvider } from "kysely/migration";

import { firstTables } from "./0001-first-tables.ts";

/** What differs between databases when tables are made. */
export interface TableStyle {
  /** A whole number of up to 2^53. */
  readonly wide: "integer" | "bigint";
  /** The last word on each table. */
  finish<Table extends string, Column extends string>(
    table: CreateTableBuilder<Table, Column>,
  ): CreateTableBuilder<Table, Column>;
}

export function migrations(style: TableStyle): MigrationProvider {
  const list: Record<string, Migration> = {
    "0001-first-tables": { up: (db: Kysely<unknown>) => firstTables(db, style) },
  };
  return { getMigrations: () => Promise.resolve(list) };
}
