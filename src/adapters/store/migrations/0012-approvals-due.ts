/** Requests for approval that are open, due or new are found without reading those of all years. */
import type { Kysely } from "kysely";

export async function approvalsDue(db: Kysely<unknown>): Promise<void> {
  await db.schema.createIndex("approvals_due").on("approvals").columns(["due_at", "id"]).execute();
  await db.schema.createIndex("approvals_ended").on("approvals").columns(["ended", "requested_at"]).execute();
  await db.schema.createIndex("approvals_requested").on("approvals").columns(["requested_at", "id"]).execute();
}
