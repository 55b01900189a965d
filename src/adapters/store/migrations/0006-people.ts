/** People, and what waits for a second person; tokens by rights and, for some, by person. */
import type { Kysely } from "kysely";

import type { TableStyle } from "./table-style.ts";

export async function people(db: Kysely<unknown>, style: TableStyle): Promise<void> {
  await peopleTables(db, style);
  await db.schema
    .alterTable("tokens")
    .addColumn("grants", "text", (column) => column.notNull().defaultTo("[]"))
    .execute();
  await db.schema.alterTable("tokens").addColumn("login", "text").execute();
  await grantsFromScopes(db as Kysely<{ tokens: { name: string; scopes: string; grants: string } }>);
  await db.schema.alterTable("tokens").dropColumn("scopes").execute();
}

async function peopleTables(db: Kysely<unknown>, { wide, finish }: TableStyle): Promise<void> {
  await finish(db.schema.createTable("people"))
    .addColumn("login", "text", (column) => column.primaryKey().notNull())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("language", "text", (column) => column.notNull())
    .addColumn("groups", "text", (column) => column.notNull())
    .addColumn("grants", "text", (column) => column.notNull())
    .addColumn("contacts", "text", (column) => column.notNull())
    .addColumn("commit_mails", "text", (column) => column.notNull())
    .addColumn("absences", "text", (column) => column.notNull())
    .addColumn("most", "text", (column) => column.notNull())
    .addColumn("created_at", wide, (column) => column.notNull())
    .addColumn("disabled", "integer", (column) => column.notNull())
    .execute();
  await finish(db.schema.createTable("people_state"))
    .addColumn("one", "integer", (column) => column.primaryKey().notNull())
    .addColumn("version", wide, (column) => column.notNull())
    .addColumn("founded", "integer", (column) => column.notNull())
    .execute();
  await finish(db.schema.createTable("people_proposals"))
    .addColumn("id", "text", (column) => column.primaryKey().notNull())
    .addColumn("proposed_by", "text", (column) => column.notNull())
    .addColumn("at", wide, (column) => column.notNull())
    .addColumn("until", wide, (column) => column.notNull())
    .addColumn("amendment", "text", (column) => column.notNull())
    .execute();
}

/** What each scope was good for; `admin` could do all that there was. */
const rightsOfScope: Readonly<Record<string, readonly string[]>> = {
  read: ["view"],
  deploy: ["deploy"],
  artifacts: ["artifacts"],
  admin: ["view", "deploy", "artifacts", "configure", "admin"],
};

async function grantsFromScopes(
  db: Kysely<{ tokens: { name: string; scopes: string; grants: string } }>,
): Promise<void> {
  for (const { name, scopes } of await db.selectFrom("tokens").select(["name", "scopes"]).execute()) {
    const rights = new Set((JSON.parse(scopes) as string[]).flatMap((scope) => rightsOfScope[scope] ?? []));
    const grants = [...rights].map((right) => ({ right, environment: null }));
    await db
      .updateTable("tokens")
      .set({ grants: JSON.stringify(grants) })
      .where("name", "=", name)
      .execute();
  }
}
