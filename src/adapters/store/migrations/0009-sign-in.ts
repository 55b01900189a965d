/** How people sign in, and where they are signed in. */
import type { Kysely } from "kysely";

import type { TableStyle } from "./table-style.ts";

export async function signIn(db: Kysely<unknown>, { wide, finish }: TableStyle): Promise<void> {
  await finish(db.schema.createTable("credentials"))
    .addColumn("login", "text", (column) => column.primaryKey().notNull())
    .addColumn("hash", "text", (column) => column.notNull())
    .addColumn("changed_at", wide, (column) => column.notNull())
    .execute();
  await finish(db.schema.createTable("sign_in_codes"))
    .addColumn("hash", "text", (column) => column.primaryKey().notNull())
    .addColumn("login", "text", (column) => column.notNull())
    .addColumn("created_at", wide, (column) => column.notNull())
    .addColumn("expires_at", wide, (column) => column.notNull())
    .execute();
  await finish(db.schema.createTable("sessions"))
    .addColumn("hash", "text", (column) => column.primaryKey().notNull())
    .addColumn("login", "text", (column) => column.notNull())
    .addColumn("created_at", wide, (column) => column.notNull())
    .addColumn("used_at", wide, (column) => column.notNull())
    .execute();
  await db.schema.createIndex("sessions_by_login").on("sessions").column("login").execute();
  await finish(db.schema.createTable("identities"))
    .addColumn("issuer", "text", (column) => column.notNull())
    .addColumn("subject", "text", (column) => column.notNull())
    .addColumn("login", "text", (column) => column.notNull())
    .addColumn("linked_at", wide, (column) => column.notNull())
    .addPrimaryKeyConstraint("identities_by_subject", ["issuer", "subject"])
    .addUniqueConstraint("one_identity_per_issuer", ["issuer", "login"])
    .execute();
}
