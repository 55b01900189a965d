/** Which installation this is, and the counter that fences off older servers. */
import { randomUUID } from "node:crypto";

import { appendToAudit } from "./audit.ts";
import type { Database, Trx } from "./schema.ts";

/** A new store gets an id. So does a backup that is opened for the first time: it must not act for the original. */
export async function settleInstallation(trx: Trx, at: number): Promise<void> {
  const there = await trx.selectFrom("installation").selectAll().executeTakeFirst();
  if (there === undefined) {
    await trx
      .insertInto("installation")
      .values({ one: 1, id: randomUUID(), frozen: 0, copy: 0, epoch: 0, created_at: at })
      .execute();
  } else if (there.copy === 1) {
    const id = randomUUID();
    await trx.updateTable("installation").set({ id, frozen: 1, copy: 0 }).execute();
    await appendToAudit(trx, at, [
      { actor: "signalbox", action: "restore", object: `installation ${id}`, detail: { backupOf: there.id } },
    ]);
  }
}

export async function readInstallation(db: Database): Promise<{ id: string; frozen: boolean }> {
  const { id, frozen } = await db.selectFrom("installation").select(["id", "frozen"]).executeTakeFirstOrThrow();
  return { id, frozen: frozen === 1 };
}

export async function thawInstallation(trx: Trx, at: number, by: string): Promise<void> {
  const { id, frozen } = await trx.selectFrom("installation").select(["id", "frozen"]).executeTakeFirstOrThrow();
  if (frozen === 0) return;
  await trx.updateTable("installation").set({ frozen: 0 }).execute();
  await appendToAudit(trx, at, [
    { actor: by, action: "thaw", object: `installation ${id}`, detail: { before: "frozen", after: "at work" } },
  ]);
}

export async function takeEpoch(trx: Trx): Promise<number> {
  const { epoch } = await trx
    .updateTable("installation")
    .set(({ eb }) => ({ epoch: eb("epoch", "+", 1) }))
    .returning("epoch")
    .executeTakeFirstOrThrow();
  return epoch;
}
