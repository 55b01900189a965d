/** Messages that wait to be sent, and what became of them. */
import type { Selectable, Updateable } from "kysely";

import type { Addressee, Message } from "../../core/message.ts";
import { addresseeKey, threadOf } from "../../core/message.ts";
import type { KeptMessage, MessageState, NewMessage, Outbox, Settled } from "../../ports/outbox.ts";
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
  await trx
    .updateTable("messages")
    .set(({ eb }) => ({ ...changed(settled, at), tries: eb("tries", "+", 1) }))
    .where("id", "=", id)
    .execute();
}

function changed(settled: Settled, at: number): Updateable<MessageRow> {
  switch (settled.kind) {
    case "sent":
      return { state: "sent", via: settled.via, ref: settled.ref ?? null, due_at: null, at };
    case "again":
      return { due_at: settled.at, last_error: settled.error };
    case "given-up":
      return { state: "given-up", due_at: null, last_error: settled.error };
    case "replaced":
      return { state: "replaced", due_at: null };
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
    lastRef: async (thread, to, via) => {
      const sent = db.selectFrom("messages").select("ref").where("thread", "=", thread).where("state", "=", "sent");
      const mine = sent.where("addressee", "=", addresseeKey(to)).where("via", "=", via).where("ref", "is not", null);
      return (await mine.orderBy("id", "desc").limit(1).executeTakeFirst())?.ref ?? undefined;
    },
    list: async ({ thread, state, limit = usualLimit }) => {
      let query = db.selectFrom("messages").selectAll().orderBy("id", "desc").limit(limit);
      if (thread !== undefined) query = query.where("thread", "=", thread);
      if (state !== undefined) query = query.where("state", "=", state);
      const rows = await query.execute();
      return rows.map((row) => ({ ...kept(row), state: row.state as MessageState, via: row.via }));
    },
  };
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
