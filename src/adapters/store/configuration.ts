/** The versions of the configuration. */
import type { Selectable } from "kysely";

import type { ConfigurationProposal } from "../../core/configuration-change.ts";
import type { ConfigurationVersion, NewConfiguration } from "../../ports/store.ts";
import { appendToAudit } from "./audit.ts";
import type { ConfigurationRow, Database, Trx } from "./schema.ts";

export async function addConfiguration(
  trx: Trx,
  { digest, text, file, appliedAt, appliedBy, detail = {} }: NewConfiguration,
): Promise<ConfigurationVersion> {
  await trx.deleteFrom("configuration_proposals").where("digest", "=", digest).execute();
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
      detail: {
        digest,
        file,
        before: newest === undefined ? null : { version: newest.version, digest: newest.digest },
        after: { version: row.version, digest },
        ...detail,
      },
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

export async function proposeConfiguration(
  trx: Trx,
  { digest, by, at, until, environments }: ConfigurationProposal,
): Promise<void> {
  await trx.deleteFrom("configuration_proposals").where("digest", "=", digest).execute();
  const row = { digest, proposed_by: by, at, until, environments: JSON.stringify(environments) };
  await trx.insertInto("configuration_proposals").values(row).execute();
  const entry = {
    actor: by,
    action: "propose-configuration",
    object: "configuration",
    detail: { digest, environments },
  };
  await appendToAudit(trx, at, [entry]);
}

export async function readConfigurationProposal(
  db: Database,
  digest: string,
): Promise<ConfigurationProposal | undefined> {
  const row = await db
    .selectFrom("configuration_proposals")
    .selectAll()
    .where("digest", "=", digest)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { proposed_by, environments, ...rest } = row;
  return { ...rest, by: proposed_by, environments: JSON.parse(environments) as string[] };
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
