/** Messages that wait to be sent, and what became of them. */
import type { Selectable, Updateable } from "kysely";

import type { Addressee, Message } from "../../core/message.ts";
import { addresseeKey, threadOf } from "../../core/message.ts";
import type { KeptMessage, ListedMessage, MessageState, NewMessage, Outbox, Settled } from "../../ports/outbox.ts";
import { appendToAudit } from "./audit.ts";
import type { Database, MessageRow, Trx } from "./schema.ts";

const usualLimit = 100;

/** Adds them; one whose key is known already is left as it is. */
export async function addMessages(trx: Trx, at: number, messages: readonly NewMessage[]): Promise<void> {
  for (const { key, to, message } of messages) {
    await trx
      .insertInto("messages")
      .values({
        key,
        thread: threadOf(message),
        addressee: addresseeKey(to),
        recipient: JSON.stringify(to),
        message: JSON.stringify(message),
        at,
        state: "waiting",
        due_at: at,
        tries: 0,
      })
      .onConflict((conflict) => conflict.column("key").doNothing())
      .execute();
  }
}

export async function settleMessage(trx: Trx, id: number, settled: Settled, at: number): Promise<void> {
  const row = await trx
    .updateTable("messages")
    .set(({ eb }) => ({
      ...changed(settled, at),
      ...(settled.kind === "replaced" || settled.kind === "dropped" ? {} : { tries: eb("tries", "+", 1) }),
    }))
    .where("id", "=", id)
    .where("state", "=", "waiting")
    .returningAll()
    .executeTakeFirst();
  if (row === undefined || settled.kind !== "given-up") return;
  const detail = { message: row.key, thread: row.thread, tries: row.tries, error: settled.error };
  await appendToAudit(trx, at, [{ actor: "signalbox", action: "message given-up", object: row.addressee, detail }]);
}

function changed(settled: Settled, at: number): Updateable<MessageRow> {
  const over = { due_at: null, settled_at: at };
  switch (settled.kind) {
    case "sent":
      return { ...over, state: "sent", via: settled.via, address: settled.address, ref: settled.ref ?? null };
    case "again":
      return { due_at: settled.at, last_error: settled.error };
    case "given-up":
      return { ...over, state: "given-up", last_error: settled.error };
    case "replaced":
    case "dropped":
      return { ...over, state: settled.kind };
  }
}

/** `write` runs one transaction. */
export function outboxIn(
  db: Database,
  write: <Result>(transaction: (trx: Trx) => Promise<Result>) => Promise<Result>,
): Outbox {
  return {
    due: async (at, limit) => {
      const due = db.selectFrom("messages").selectAll().where("due_at", "<=", at);
      return (await due.orderBy("id").limit(limit).execute()).map(kept);
    },
    settle: (id, settled, at) => write((trx) => settleMessage(trx, id, settled, at)),
    lastRef: async (thread, via, address) => {
      const sent = db.selectFrom("messages").select("ref").where("thread", "=", thread).where("state", "=", "sent");
      const mine = sent.where("via", "=", via).where("address", "=", address).where("ref", "is not", null);
      return (await mine.orderBy("id", "desc").executeTakeFirst())?.ref ?? undefined;
    },
    newer: async ({ id, to, message }) => {
      const thread = db.selectFrom("messages").selectAll().where("thread", "=", threadOf(message));
      const mine = thread.where("addressee", "=", addresseeKey(to)).where("id", ">", id);
      return (await mine.orderBy("id").execute()).map(listed);
    },
    list: async ({ thread, state, limit = usualLimit }) => {
      let query = db.selectFrom("messages").selectAll().orderBy("id", "desc").limit(limit);
      if (thread !== undefined) query = query.where("thread", "=", thread);
      if (state !== undefined) query = query.where("state", "=", state);
      const rows = await query.execute();
      return rows.map(listed);
    },
  };
}

function listed(row: Selectable<MessageRow>): ListedMessage {
  const { state, via, address, at, due_at, settled_at } = row;
  return { ...kept(row), state: state as MessageState, via, address, next: settled_at ?? due_at ?? at };
}

function kept({ id, key, at, recipient, message, tries, last_error }: Selectable<MessageRow>): KeptMessage {
  return {
    id,
    key,
    at,
    to: JSON.parse(recipient) as Addressee,
    message: JSON.parse(message) as Message,
    tries,
    lastError: last_error,
  };
}
