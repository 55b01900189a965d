/** Locks are rows. They have an owner and a reason, and no lease: they end with their deployment. */
import { finalStates } from "../../core/deployment.ts";
import type { Change, HeldLock } from "../../ports/store.ts";
import { LockHeld } from "../../ports/store.ts";
import type { Database, Trx } from "./schema.ts";

export async function changeLocks(
  trx: Trx,
  { at, journals = [], takeLocks, releaseLocksOf = [] }: Change,
): Promise<void> {
  const finished = journals.filter(({ after }) => finalStates.has(after.state)).map(({ deployment }) => deployment);
  if (takeLocks !== undefined && finished.includes(takeLocks.owner)) {
    throw new Error(`${takeLocks.owner} ends with this change and would keep its locks for ever`);
  }
  const owners = [...releaseLocksOf, ...finished];
  if (owners.length > 0) await trx.deleteFrom("locks").where("owner", "in", owners).execute();
  if (takeLocks !== undefined) await take(trx, at, takeLocks);
}

async function take(trx: Trx, at: number, locks: NonNullable<Change["takeLocks"]>): Promise<void> {
  const { owner, reason } = locks;
  // Everybody takes them in the same order, so nobody waits for each other in a circle.
  for (const resource of [...new Set(locks.resources)].toSorted()) {
    const inserted = await trx
      .insertInto("locks")
      .values({ resource, owner, reason, since: at })
      .onConflict((conflict) => conflict.column("resource").doNothing())
      .executeTakeFirst();
    if (inserted.numInsertedOrUpdatedRows !== 0n) continue;

    const held = await trx.selectFrom("locks").selectAll().where("resource", "=", resource).executeTakeFirstOrThrow();
    if (held.owner !== owner) throw new LockHeld({ ...held });
  }
}

export async function readLocks(db: Database): Promise<HeldLock[]> {
  const rows = await db.selectFrom("locks").selectAll().orderBy("resource").execute();
  return rows.map(({ resource, owner, reason, since }) => ({ resource, owner, reason, since }));
}
