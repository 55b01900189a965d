/** Requests for approval, and messages that wait to be sent. */
import type { Kysely } from "kysely";

import type { TableStyle } from "./table-style.ts";

export async function approvals(db: Kysely<unknown>, { wide, finish }: TableStyle): Promise<void> {
  await finish(db.schema.createTable("approvals"))
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("deployment", "text", (column) => column.notNull())
    .addColumn("service", "text", (column) => column.notNull())
    .addColumn("environment", "text", (column) => column.notNull())
    .addColumn("sequence", "integer", (column) => column.notNull())
    .addColumn("requested_at", wide, (column) => column.notNull())
    .addColumn("ended", "integer", (column) => column.notNull())
    .addColumn("review_open", "integer", (column) => column.notNull())
    .addColumn("due_at", wide)
    .execute();
  await db.schema.createIndex("approvals_by_deployment").on("approvals").column("deployment").execute();
  await finish(db.schema.createTable("approval_events"))
    .addColumn("approval", "text", (column) => column.notNull())
    .addColumn("sequence", "integer", (column) => column.notNull())
    .addColumn("at", wide, (column) => column.notNull())
    .addColumn("kind", "text", (column) => column.notNull())
    .addColumn("event", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("events_of_approvals", ["approval", "sequence"])
    .execute();
  await finish(db.schema.createTable("messages"))
    .addColumn("id", "integer", (column) => column.primaryKey())
    .addColumn("key", "text", (column) => column.notNull().unique())
    .addColumn("thread", "text", (column) => column.notNull())
    .addColumn("addressee", "text", (column) => column.notNull())
    .addColumn("recipient", "text", (column) => column.notNull())
    .addColumn("message", "text", (column) => column.notNull())
    .addColumn("at", wide, (column) => column.notNull())
    .addColumn("state", "text", (column) => column.notNull())
    .addColumn("due_at", wide)
    .addColumn("tries", "integer", (column) => column.notNull())
    .addColumn("last_error", "text")
    .addColumn("via", "text")
    .addColumn("address", "text")
    .addColumn("ref", "text")
    .addColumn("settled_at", wide)
    .execute();
  await db.schema.createIndex("messages_due").on("messages").column("due_at").execute();
  await db.schema.createIndex("messages_by_thread").on("messages").column("thread").execute();
}
