/** Releases and the artifacts they are made of. */
import type { Selectable } from "kysely";

import type { DeploymentEvent } from "../../core/deployment.ts";
import { canonicalJson } from "../../core/digest.ts";
import type { Artifact, Release } from "../../core/release.ts";
import type { Change, ReleaseRow } from "../../ports/store.ts";
import { JournalConflict } from "../../ports/store.ts";
import type { ArtifactRow, Database, ReleaseRowStored, Trx } from "./schema.ts";

export async function recordReleases(trx: Trx, { journals = [], releases = [] }: Change): Promise<void> {
  for (const { events, after } of journals) {
    if (after.artifact !== undefined && events.some(mayBringArtifact)) await recordArtifact(trx, after.artifact);
  }
  for (const row of releases) await recordRelease(trx, row);
}

function mayBringArtifact(event: DeploymentEvent): boolean {
  return (
    event.kind === "requested" ||
    (event.kind === "host-done" && event.outcome.kind === "done" && event.outcome.result?.kind === "artifact")
  );
}

async function recordArtifact(trx: Trx, { sha256, bytes, form, name }: Artifact): Promise<void> {
  await trx
    .insertInto("artifacts")
    .values({ sha256, bytes, form, name })
    .onConflict((conflict) => conflict.column("sha256").doNothing())
    .execute();
}

async function recordRelease(
  trx: Trx,
  { service, environment, release, deployment, verdict }: ReleaseRow,
): Promise<void> {
  const { number } = release;
  await recordArtifact(trx, release.artifact);
  const inserted = await trx
    .insertInto("releases")
    .values({ service, environment, number, release: canonicalJson(release), deployment, verdict })
    .onConflict((conflict) => conflict.columns(["service", "environment", "number"]).doNothing())
    .executeTakeFirst();
  if (inserted.numInsertedOrUpdatedRows === 0n) await giveVerdict(trx, { service, environment, release, verdict });
}

/** A release that exists is never changed. Only what is thought of it is, and what was found out is not forgotten. */
async function giveVerdict(trx: Trx, row: Omit<ReleaseRow, "deployment">): Promise<void> {
  const { service, environment, release, verdict } = row;
  const there = await trx
    .selectFrom("releases")
    .select("release")
    .where("service", "=", service)
    .where("environment", "=", environment)
    .where("number", "=", release.number)
    .executeTakeFirstOrThrow();
  if (there.release !== canonicalJson(release)) {
    throw new JournalConflict(`release ${release.number} of ${service} in ${environment} is another one already`);
  }
  if (verdict === "unproven") return;
  await trx
    .updateTable("releases")
    .set({ verdict })
    .where("service", "=", service)
    .where("environment", "=", environment)
    .where("number", "=", release.number)
    .execute();
}

export async function readReleases(db: Database, service: string, environment: string): Promise<ReleaseRow[]> {
  const rows = await db
    .selectFrom("releases")
    .selectAll()
    .where("service", "=", service)
    .where("environment", "=", environment)
    .orderBy("number", "desc")
    .execute();
  return rows.map(releaseRow);
}

function releaseRow(row: Selectable<ReleaseRowStored>): ReleaseRow {
  return {
    service: row.service,
    environment: row.environment,
    release: JSON.parse(row.release) as Release,
    deployment: row.deployment,
    verdict: row.verdict as ReleaseRow["verdict"],
  };
}

export async function readArtifact(db: Database, sha256: string): Promise<Artifact | undefined> {
  const row = await db.selectFrom("artifacts").selectAll().where("sha256", "=", sha256).executeTakeFirst();
  return row === undefined ? undefined : artifact(row);
}

function artifact({ sha256, bytes, form, name }: Selectable<ArtifactRow>): Artifact {
  return { sha256, bytes, form: form as Artifact["form"], name };
}
