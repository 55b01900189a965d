/** Tokens of the API. */
import type { Kysely } from "kysely";

import type { TableStyle } from "./table-style.ts";

export async function tokens(db: Kysely<unknown>, { wide, finish }: TableStyle): Promise<void> {
  await finish(db.schema.createTable("tokens"))
    .addColumn("name", "text", (column) => column.primaryKey().notNull())
    .addColumn("hash", "text", (column) => column.notNull().unique())
    .addColumn("scopes", "text", (column) => column.notNull())
    .addColumn("created_at", wide, (column) => column.notNull())
    .addColumn("created_by", "text", (column) => column.notNull())
    .addColumn("expires_at", wide, (column) => column.notNull())
    .execute();
}
