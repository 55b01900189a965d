/** Installation, journals, locks, releases, audit log and configurations. */
import type { Kysely } from "kysely";
import { sql } from "kysely";

import type { TableStyle } from "./table-style.ts";

export async function firstTables(db: Kysely<unknown>, style: TableStyle): Promise<void> {
  await installation(db, style);
  await journals(db, style);
  await locks(db, style);
  await releases(db, style);
  await audit(db, style);
  await configurations(db, style);
}

async function installation(db: Kysely<unknown>, { wide, finish }: TableStyle): Promise<void> {
  await finish(db.schema.createTable("installation"))
    .addColumn("one", "integer", (column) => column.primaryKey())
    .addColumn("id", "text", (column) => column.notNull())
    .addColumn("frozen", "integer", (column) => column.notNull())
    .addColumn("copy", "integer", (column) => column.notNull())
    .addColumn("epoch", wide, (column) => column.notNull())
    .addColumn("created_at", wide, (column) => column.notNull())
    .execute();
}

async function journals(db: Kysely<unknown>, { wide, finish }: TableStyle): Promise<void> {
  await finish(db.schema.createTable("deployments"))
    .addColumn("id", "text", (column) => column.primaryKey().notNull())
    .addColumn("number", "integer", (column) => column.notNull().unique())
    .addColumn("sequence", "integer", (column) => column.notNull())
    .addColumn("service", "text", (column) => column.notNull())
    .addColumn("environment", "text", (column) => column.notNull())
    .addColumn("kind", "text", (column) => column.notNull())
    .addColumn("state", "text", (column) => column.notNull())
    .addColumn("requested_by", "text", (column) => column.notNull())
    .addColumn("revision", "text")
    .addColumn("release_number", "integer")
    .addColumn("requested_at", wide, (column) => column.notNull())
    .addColumn("finished_at", wide)
    .addColumn("message", "text")
    .addColumn("behind", "text", (column) => column.notNull())
    .addColumn("due_at", wide)
    .execute();
  await db.schema
    .createIndex("deployments_of_service")
    .on("deployments")
    .columns(["service", "environment", "id"])
    .execute();
  await db.schema
    .createIndex("deployments_unfinished")
    .on("deployments")
    .columns(["due_at", "id"])
    .where(sql.ref("finished_at"), "is", null)
    .execute();

  await finish(db.schema.createTable("events"))
    .addColumn("deployment", "text", (column) => column.notNull().references("deployments.id"))
    .addColumn("sequence", "integer", (column) => column.notNull())
    .addColumn("at", wide, (column) => column.notNull())
    .addColumn("kind", "text", (column) => column.notNull())
    .addColumn("event", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("events_in_order", ["deployment", "sequence"])
    .execute();
}

async function locks(db: Kysely<unknown>, { wide, finish }: TableStyle): Promise<void> {
  await finish(db.schema.createTable("locks"))
    .addColumn("resource", "text", (column) => column.primaryKey().notNull())
    .addColumn("owner", "text", (column) => column.notNull())
    .addColumn("reason", "text", (column) => column.notNull())
    .addColumn("since", wide, (column) => column.notNull())
    .execute();
}

async function releases(db: Kysely<unknown>, { wide, finish }: TableStyle): Promise<void> {
  await finish(db.schema.createTable("artifacts"))
    .addColumn("sha256", "text", (column) => column.primaryKey().notNull())
    .addColumn("bytes", wide, (column) => column.notNull())
    .addColumn("form", "text", (column) => column.notNull())
    .addColumn("name", "text", (column) => column.notNull())
    .execute();

  await finish(db.schema.createTable("releases"))
    .addColumn("service", "text", (column) => column.notNull())
    .addColumn("environment", "text", (column) => column.notNull())
    .addColumn("number", "integer", (column) => column.notNull())
    .addColumn("release", "text", (column) => column.notNull())
    .addColumn("deployment", "text", (column) => column.notNull())
    .addColumn("verdict", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("releases_in_order", ["service", "environment", "number"])
    .execute();
}

async function audit(db: Kysely<unknown>, { wide, finish }: TableStyle): Promise<void> {
  await finish(db.schema.createTable("audit"))
    .addColumn("sequence", wide, (column) => column.primaryKey().notNull())
    .addColumn("at", wide, (column) => column.notNull())
    .addColumn("actor", "text", (column) => column.notNull())
    .addColumn("action", "text", (column) => column.notNull())
    .addColumn("object", "text", (column) => column.notNull())
    .addColumn("detail", "text", (column) => column.notNull())
    .addColumn("previous", "text", (column) => column.notNull())
    .addColumn("hash", "text", (column) => column.notNull())
    .execute();
  await db.schema.createIndex("audit_of_object").on("audit").columns(["object", "sequence"]).execute();
}

async function configurations(db: Kysely<unknown>, { wide, finish }: TableStyle): Promise<void> {
  await finish(db.schema.createTable("configurations"))
    .addColumn("version", "integer", (column) => column.primaryKey().notNull())
    .addColumn("digest", "text", (column) => column.notNull())
    .addColumn("text", "text", (column) => column.notNull())
    .addColumn("file", "text", (column) => column.notNull())
    .addColumn("applied_at", wide, (column) => column.notNull())
    .addColumn("applied_by", "text", (column) => column.notNull())
    .execute();
}
