/** What is known of a service in an environment: tips that were dealt with, and what was asked for last. */
import type { KnownPlace } from "../../core/trigger-decision.ts";
import type { KeptPlace, PlaceChange } from "../../ports/pushes.ts";
import { PlaceChanged } from "../../ports/pushes.ts";
import type { Database, Trx } from "./schema.ts";

export async function writePlaces(trx: Trx, changes: readonly PlaceChange[]): Promise<void> {
  for (const change of changes) await writePlace(trx, change);
}

async function writePlace(trx: Trx, change: PlaceChange): Promise<void> {
  const { service, environment, seen } = change;
  await takeVersion(trx, change);
  if (seen === undefined) return;
  await trx
    .insertInto("seen_tips")
    .values({ service, environment, ...seen })
    .onConflict((conflict) =>
      conflict.columns(["service", "environment", "ref"]).doUpdateSet({ revision: seen.revision }),
    )
    .execute();
}

/** The expected version is a condition of the change: whoever comes second changes nothing. */
async function takeVersion(trx: Trx, { service, environment, expected, requested }: PlaceChange): Promise<void> {
  const asked = requested === undefined ? {} : { requested: JSON.stringify(requested) };
  let update = trx
    .updateTable("places")
    .set(({ eb }) => ({ version: eb("version", "+", 1), ...asked }))
    .where("service", "=", service)
    .where("environment", "=", environment);
  if (expected !== null) update = update.where("version", "=", expected);
  if ((await update.executeTakeFirst()).numUpdatedRows > 0n) return;
  const inserted = await trx
    .insertInto("places")
    .values({ service, environment, version: 1, requested: null, ...asked })
    .onConflict((conflict) => conflict.columns(["service", "environment"]).doNothing())
    .executeTakeFirst();
  if ((expected ?? 0) > 0 || inserted.numInsertedOrUpdatedRows === 0n)
    throw new PlaceChanged(`something else became known of ${service}@${environment} meanwhile`);
}

export async function readPlace(db: Database, service: string, environment: string, ref: string): Promise<KeptPlace> {
  // One statement is one state: a change in between would show with its version, and without what it changed.
  const row = await db
    .selectFrom("places")
    .leftJoin("seen_tips", (join) =>
      join
        .onRef("seen_tips.service", "=", "places.service")
        .onRef("seen_tips.environment", "=", "places.environment")
        .on("seen_tips.ref", "=", ref),
    )
    .select(["places.version", "places.requested", "seen_tips.revision"])
    .where("places.service", "=", service)
    .where("places.environment", "=", environment)
    .executeTakeFirst();
  if (row === undefined) return { version: 0, known: {} };
  const { version, requested, revision } = row;
  return {
    version,
    known: {
      ...(revision === null ? {} : { seen: revision }),
      ...(requested === null ? {} : { requested: JSON.parse(requested) as NonNullable<KnownPlace["requested"]> }),
    },
  };
}
