/** Verified webhooks, and what became of them. */
import type { Selectable } from "kysely";

import type { PushEvent } from "../../core/trigger-push.ts";
import { fullRef, pushKey } from "../../core/trigger-push.ts";
import type { DeliveryRecord, DeliverySettled, KeptDelivery, NewDelivery } from "../../ports/pushes.ts";
import type { AuditEntry } from "../../ports/store.ts";
import { appendToAudit } from "./audit.ts";
import type { Database, DeliveryRow, Trx } from "./schema.ts";

const usualLimit = 100;

/** So many fit into one statement of any database. */
const mostIds = 500;

/** Keeps those that are new, with their audit rows. */
export async function acceptDeliveries(
  trx: Trx,
  deliveries: readonly NewDelivery[],
  at: number,
): Promise<("new" | "known")[]> {
  const audit: AuditEntry[] = [];
  const answers: ("new" | "known")[] = [];
  for (const delivery of deliveries) {
    const isNew = await accept(trx, delivery, at);
    answers.push(isNew ? "new" : "known");
    if (isNew) audit.push(auditOf(delivery));
  }
  await appendToAudit(trx, at, audit);
  return answers;
}

async function accept(trx: Trx, { hook, delivery, key, pushes }: NewDelivery, at: number): Promise<boolean> {
  const there = await trx.selectFrom("deliveries").select("id").where("key", "=", key).executeTakeFirst();
  if (there !== undefined) return false;
  if (!(await bringsNews(trx, hook, pushes))) return false;
  await trx
    .insertInto("deliveries")
    .values({ key, hook, delivery, pushes: JSON.stringify(pushes), at, state: "waiting", due_at: at, tries: 0 })
    .execute();
  return true;
}

/** Whether one of the pushes is not the newest known one of its ref; all of them are, afterwards. */
async function bringsNews(trx: Trx, hook: string, pushes: readonly PushEvent[]): Promise<boolean> {
  let isNews = pushes.length === 0;
  for (const push of pushes) {
    const key = pushKey(push);
    const ref = `${key.slice(0, key.indexOf(" "))} ${fullRef(push.ref)}`;
    const newest = trx.selectFrom("newest_pushes").select("key").where("hook", "=", hook).where("ref", "=", ref);
    if ((await newest.executeTakeFirst())?.key === key) continue;
    isNews = true;
    await trx
      .insertInto("newest_pushes")
      .values({ hook, ref, key })
      .onConflict((conflict) => conflict.columns(["hook", "ref"]).doUpdateSet({ key }))
      .execute();
  }
  return isNews;
}

function auditOf({ hook, delivery, pushes, from }: NewDelivery): AuditEntry {
  return {
    actor: `hook:${hook}`,
    action: "accept webhook",
    object: pushes[0]?.repository.name ?? "",
    detail: {
      delivery,
      refs: pushes.map(({ ref }) => fullRef(ref)),
      pusher: pushes[0]?.pusher.login ?? pushes[0]?.pusher.mail ?? null,
    },
    ...(from === undefined ? {} : { from }),
  };
}

export async function settleDeliveries(trx: Trx, ids: readonly number[], settled: DeliverySettled): Promise<void> {
  for (let from = 0; from < ids.length; from += mostIds) {
    await trx
      .updateTable("deliveries")
      .set(({ eb }) => ({ ...changed(settled), ...(settled.kind === "again" ? { tries: eb("tries", "+", 1) } : {}) }))
      .where("id", "in", ids.slice(from, from + mostIds))
      .execute();
  }
}

function changed(settled: DeliverySettled): Pick<DeliveryRow, "state" | "due_at" | "said"> {
  switch (settled.kind) {
    case "done":
      return { state: "done", due_at: null, said: JSON.stringify(settled.said) };
    case "again":
      return { state: "waiting", due_at: settled.at, said: JSON.stringify([settled.error]) };
    case "given-up":
      return { state: "given-up", due_at: null, said: JSON.stringify([settled.error]) };
  }
}

export async function forgetDeliveries(trx: Trx, before: number): Promise<number> {
  const old = trx.deleteFrom("deliveries").where("at", "<", before).where("due_at", "is", null);
  return Number((await old.executeTakeFirst()).numDeletedRows);
}

export async function readDueDeliveries(db: Database, at: number, limit: number): Promise<KeptDelivery[]> {
  const due = db.selectFrom("deliveries").selectAll().where("due_at", "<=", at);
  return (await due.orderBy("id").limit(limit).execute()).map(kept);
}

export async function readDeliveries(
  db: Database,
  { hook, limit = usualLimit }: { readonly hook?: string; readonly limit?: number },
): Promise<DeliveryRecord[]> {
  let query = db.selectFrom("deliveries").selectAll().orderBy("id", "desc").limit(limit);
  if (hook !== undefined) query = query.where("hook", "=", hook);
  return (await query.execute()).map((row) => ({
    ...kept(row),
    state: row.state as DeliveryRecord["state"],
    said: row.said === null ? [] : (JSON.parse(row.said) as string[]),
  }));
}

function kept({ id, at, hook, delivery, key, pushes, tries }: Selectable<DeliveryRow>): KeptDelivery {
  return { id, at, hook, delivery, key, pushes: JSON.parse(pushes) as PushEvent[], tries };
}
