/** Secrets, sealed by the vault: the store itself can't read them. */
import type { Kysely } from "kysely";

import type { TableStyle } from "./table-style.ts";

export async function secrets(db: Kysely<unknown>, { wide, finish }: TableStyle): Promise<void> {
  await finish(db.schema.createTable("secrets"))
    .addColumn("environment", "text", (column) => column.notNull())
    .addColumn("service", "text", (column) => column.notNull())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("version", "integer", (column) => column.notNull())
    .addColumn("key_id", "text")
    .addColumn("wrapped_key", "text")
    .addColumn("sealed", "text")
    .addColumn("created_at", wide, (column) => column.notNull())
    .addColumn("created_by", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("versions_of_secrets", ["environment", "service", "name", "version"])
    .execute();
}
