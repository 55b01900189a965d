/** Configurations that wait for a second person. */
import type { Kysely } from "kysely";

import type { TableStyle } from "./table-style.ts";

export async function configurationProposals(db: Kysely<unknown>, { wide, finish }: TableStyle): Promise<void> {
  await finish(db.schema.createTable("configuration_proposals"))
    .addColumn("digest", "text", (column) => column.primaryKey().notNull())
    .addColumn("proposed_by", "text", (column) => column.notNull())
    .addColumn("at", wide, (column) => column.notNull())
    .addColumn("until", wide, (column) => column.notNull())
    .addColumn("environments", "text", (column) => column.notNull())
    .execute();
}
