/** The versions of the configuration. */
import type { Selectable } from "kysely";

import type { ConfigurationVersion } from "../../ports/store.ts";
import { appendToAudit } from "./audit.ts";
import type { ConfigurationRow, Database, Trx } from "./schema.ts";

export async function addConfiguration(
  trx: Trx,
  { digest, text, file, appliedAt, appliedBy }: Omit<ConfigurationVersion, "version">,
): Promise<ConfigurationVersion> {
  const newest = await trx
    .selectFrom("configurations")
    .selectAll()
    .orderBy("version", "desc")
    .limit(1)
    .executeTakeFirst();
  if (newest?.digest === digest && newest.text === text) return configuration(newest);

  const row = {
    version: (newest?.version ?? 0) + 1,
    digest,
    text,
    file,
    applied_at: appliedAt,
    applied_by: appliedBy,
  };
  await trx.insertInto("configurations").values(row).execute();
  await appendToAudit(trx, appliedAt, [
    {
      actor: appliedBy,
      action: "apply-configuration",
      object: `configuration ${row.version}`,
      detail: { digest, file },
    },
  ]);
  return configuration(row);
}

export async function readConfiguration(db: Database, version?: number): Promise<ConfigurationVersion | undefined> {
  let query = db.selectFrom("configurations").selectAll().orderBy("version", "desc").limit(1);
  if (version !== undefined) query = query.where("version", "=", version);
  const row = await query.executeTakeFirst();
  return row === undefined ? undefined : configuration(row);
}

function configuration(row: Selectable<ConfigurationRow>): ConfigurationVersion {
  return {
    version: row.version,
    digest: row.digest,
    text: row.text,
    file: row.file,
    appliedAt: row.applied_at,
    appliedBy: row.applied_by,
  };
}
