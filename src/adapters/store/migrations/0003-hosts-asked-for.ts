/** Which hosts a deployment was asked for. */
import type { Kysely } from "kysely";

export async function hostsAskedFor(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable("deployments").addColumn("only_hosts", "text").execute();
}
