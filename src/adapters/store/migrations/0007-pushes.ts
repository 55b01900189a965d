/** What webhooks said, what is known of places because of them, and reports to forges. */
import type { Kysely } from "kysely";

import type { TableStyle } from "./table-style.ts";

export async function pushes(db: Kysely<unknown>, { wide, finish }: TableStyle): Promise<void> {
  await finish(db.schema.createTable("deliveries"))
    .addColumn("id", "integer", (column) => column.primaryKey())
    .addColumn("key", "text", (column) => column.notNull().unique())
    .addColumn("hook", "text", (column) => column.notNull())
    .addColumn("delivery", "text")
    .addColumn("pushes", "text", (column) => column.notNull())
    .addColumn("at", wide, (column) => column.notNull())
    .addColumn("state", "text", (column) => column.notNull())
    .addColumn("due_at", wide)
    .addColumn("tries", "integer", (column) => column.notNull())
    .addColumn("said", "text")
    .execute();
  await db.schema.createIndex("deliveries_due").on("deliveries").column("due_at").execute();
  await finish(db.schema.createTable("newest_pushes"))
    .addColumn("hook", "text", (column) => column.notNull())
    .addColumn("ref", "text", (column) => column.notNull())
    .addColumn("key", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("newest_push_of_ref", ["hook", "ref"])
    .execute();
  await finish(db.schema.createTable("places"))
    .addColumn("service", "text", (column) => column.notNull())
    .addColumn("environment", "text", (column) => column.notNull())
    .addColumn("version", "integer", (column) => column.notNull())
    .addColumn("requested", "text")
    .addPrimaryKeyConstraint("place_of_service", ["service", "environment"])
    .execute();
  await finish(db.schema.createTable("seen_tips"))
    .addColumn("service", "text", (column) => column.notNull())
    .addColumn("environment", "text", (column) => column.notNull())
    .addColumn("ref", "text", (column) => column.notNull())
    .addColumn("revision", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("seen_tip_of_ref", ["service", "environment", "ref"])
    .execute();
  await finish(db.schema.createTable("forge_reports"))
    .addColumn("id", "integer", (column) => column.primaryKey())
    .addColumn("key", "text", (column) => column.notNull().unique())
    .addColumn("hook", "text", (column) => column.notNull())
    .addColumn("repository", "text", (column) => column.notNull())
    .addColumn("revision", "text", (column) => column.notNull())
    .addColumn("place", "text", (column) => column.notNull())
    .addColumn("deployment", "text")
    .addColumn("words", "text")
    .addColumn("at", wide, (column) => column.notNull())
    .addColumn("shown", "text")
    .addColumn("due_at", wide)
    .addColumn("tries", "integer", (column) => column.notNull())
    .addColumn("last_error", "text")
    .execute();
  await db.schema.createIndex("forge_reports_due").on("forge_reports").column("due_at").execute();
  await db.schema.createIndex("forge_reports_by_deployment").on("forge_reports").column("deployment").execute();
}
