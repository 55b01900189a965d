/** Windows in which nothing is deployed, and exceptions from them. */
import type { FreezeException, FreezeWindow } from "../../core/freeze.ts";
import type { FreezeChange, Freezes, KeptException } from "../../ports/freezes.ts";
import { FreezeChanged } from "../../ports/freezes.ts";
import { NameTaken } from "../../ports/store.ts";
import type { Database, Trx } from "./schema.ts";

export async function changeFreezes(trx: Trx, at: number, changes: readonly FreezeChange[]): Promise<void> {
  for (const change of changes) await changeFreeze(trx, at, change);
}

async function changeFreeze(trx: Trx, at: number, change: FreezeChange): Promise<void> {
  switch (change.kind) {
    case "add-window": {
      const { window, by } = change;
      const inserted = await trx
        .insertInto("freeze_windows")
        .values({ name: window.name, window: JSON.stringify(window), made_at: at, made_by: by })
        .onConflict((conflict) => conflict.column("name").doNothing())
        .executeTakeFirst();
      if (inserted.numInsertedOrUpdatedRows === 0n)
        throw new NameTaken(`there is a freeze window ${window.name} already`);
      return;
    }
    case "remove-window": {
      const removed = await trx.deleteFrom("freeze_windows").where("name", "=", change.name).executeTakeFirst();
      if (removed.numDeletedRows === 0n) throw new FreezeChanged(`the freeze window ${change.name} is gone`);
      await trx.deleteFrom("freeze_exceptions").where("window", "=", change.name).execute();
      return;
    }
    case "ask-exception": {
      const { id, asked } = change;
      const row = { id, window: asked.window, exception: JSON.stringify(asked), asked_at: at };
      await trx
        .insertInto("freeze_exceptions")
        .values({ ...row, asked_by: asked.requestedBy, confirmed_at: null, confirmed_by: null })
        .execute();
      return;
    }
    case "confirm-exception": {
      const { id, by } = change;
      // The second person is another one than the first, whatever the caller thinks.
      const confirmed = await trx
        .updateTable("freeze_exceptions")
        .set({ confirmed_at: at, confirmed_by: by })
        .where("id", "=", id)
        .where("confirmed_at", "is", null)
        .where("asked_by", "!=", by)
        .executeTakeFirst();
      if (confirmed.numUpdatedRows === 0n) throw new FreezeChanged(`the exception ${id} can't be confirmed by ${by}`);
      return;
    }
  }
}

export function freezesIn(db: Database): Freezes {
  const windows: Freezes["windows"] = async () => {
    const rows = await db.selectFrom("freeze_windows").selectAll().orderBy("made_at").orderBy("name").execute();
    return rows.map(({ window, made_at, made_by }) => ({
      window: JSON.parse(window) as FreezeWindow,
      madeAt: made_at,
      madeBy: made_by,
    }));
  };
  const exceptions: Freezes["exceptions"] = async () => {
    const rows = await db.selectFrom("freeze_exceptions").selectAll().orderBy("asked_at").orderBy("id").execute();
    return rows.map(({ id, exception, asked_at, confirmed_at, confirmed_by }) => ({
      id,
      asked: JSON.parse(exception) as KeptException["asked"],
      askedAt: asked_at,
      confirmed: confirmed_at === null || confirmed_by === null ? null : { by: confirmed_by, at: confirmed_at },
    }));
  };
  return {
    windows,
    exceptions,
    calendar: async () => ({
      windows: (await windows()).map(({ window }) => window),
      exceptions: (await exceptions()).flatMap(({ asked, confirmed }): FreezeException[] =>
        confirmed === null ? [] : [{ ...asked, approvedBy: confirmed.by }],
      ),
    }),
  };
}
