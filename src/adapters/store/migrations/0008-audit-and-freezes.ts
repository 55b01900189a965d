/** From where somebody acted, in the audit log; windows in which nothing is deployed, and exceptions from them. */
import type { Kysely } from "kysely";

import type { TableStyle } from "./table-style.ts";

export async function auditAndFreezes(db: Kysely<unknown>, { wide, finish }: TableStyle): Promise<void> {
  await db.schema.alterTable("audit").addColumn("access", "text").execute();
  await finish(db.schema.createTable("freeze_windows"))
    .addColumn("name", "text", (column) => column.primaryKey().notNull())
    .addColumn("window", "text", (column) => column.notNull())
    .addColumn("made_at", wide, (column) => column.notNull())
    .addColumn("made_by", "text", (column) => column.notNull())
    .execute();
  await finish(db.schema.createTable("freeze_exceptions"))
    .addColumn("id", "text", (column) => column.primaryKey().notNull())
    .addColumn("window", "text", (column) => column.notNull())
    .addColumn("exception", "text", (column) => column.notNull())
    .addColumn("asked_at", wide, (column) => column.notNull())
    .addColumn("asked_by", "text", (column) => column.notNull())
    .addColumn("confirmed_at", wide)
    .addColumn("confirmed_by", "text")
    .execute();
}
