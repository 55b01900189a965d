/** Requests for approval: one row each, and their events. */
import type { Selectable } from "kysely";

import type { ApprovalEvent, RecordedApproval } from "../../core/approval.ts";
import type { ApprovalChange, ApprovalFilter, Approvals, KeptApproval } from "../../ports/approvals.ts";
import { JournalConflict } from "../../ports/store.ts";
import type { ApprovalRow, Database, Trx } from "./schema.ts";

/** Appends the events, or throws when somebody else was first. */
export async function writeApprovals(trx: Trx, at: number, changes: readonly ApprovalChange[]): Promise<void> {
  for (const change of changes) await writeApproval(trx, at, change);
}

async function writeApproval(trx: Trx, at: number, change: ApprovalChange): Promise<void> {
  const { approval, expected, events } = change;
  if (expected === 0) await begin(trx, change);
  else await advance(trx, change);
  if (events.length === 0) return;
  const rows = events.map((event, index) => ({
    approval,
    sequence: expected + 1 + index,
    at,
    kind: event.kind,
    event: JSON.stringify(event),
  }));
  await trx.insertInto("approval_events").values(rows).execute();
}

async function begin(trx: Trx, change: ApprovalChange): Promise<void> {
  const { approval, service, environment, after } = change;
  const inserted = await trx
    .insertInto("approvals")
    .values({ id: approval, service, environment, requested_at: after.requestedAt, ...changing(change) })
    .onConflict((conflict) => conflict.column("id").doNothing())
    .executeTakeFirst();
  if (inserted.numInsertedOrUpdatedRows === 0n) throw new JournalConflict(`${approval} was begun already`);
}

/** The expected sequence is a condition of the update: whoever comes second changes nothing. */
async function advance(trx: Trx, change: ApprovalChange): Promise<void> {
  const { approval, expected } = change;
  const updated = await trx
    .updateTable("approvals")
    .set(changing(change))
    .where("id", "=", approval)
    .where("sequence", "=", expected)
    .executeTakeFirst();
  if (updated.numUpdatedRows === 0n) throw new JournalConflict(`event ${expected} is not the last one of ${approval}`);
}

function changing({ expected, events, after, dueAt }: ApprovalChange) {
  return {
    deployment: after.subject.deployment,
    sequence: expected + events.length,
    ended: after.ended === undefined ? 0 : 1,
    review_open: after.ended?.end.kind === "broken-glass" && after.review === undefined ? 1 : 0,
    due_at: dueAt,
  };
}

export function approvalsIn(db: Database): Approvals {
  return {
    find: async (id) => {
      const row = await db.selectFrom("approvals").selectAll().where("id", "=", id).executeTakeFirst();
      return row === undefined ? undefined : (await withEvents(db, [row]))[0];
    },
    about: async (deployment) => {
      const query = db.selectFrom("approvals").selectAll().where("deployment", "=", deployment);
      const row = await query.orderBy("requested_at", "desc").orderBy("id", "desc").executeTakeFirst();
      return row === undefined ? undefined : (await withEvents(db, [row]))[0];
    },
    list: (filter) => list(db, filter),
    due: async (at) => {
      const due = db.selectFrom("approvals").select("id").where("due_at", "<=", at);
      return (await due.orderBy("due_at").orderBy("id").execute()).map(({ id }) => id);
    },
    count: async () => {
      const counted = await db
        .selectFrom("approvals")
        .select(({ fn }) => fn.countAll().as("count"))
        .executeTakeFirstOrThrow();
      return Number(counted.count);
    },
  };
}

async function list(
  db: Database,
  { service, environment, open, reviewOpen, since, limit }: ApprovalFilter,
): Promise<readonly KeptApproval[]> {
  let query = db.selectFrom("approvals").selectAll().orderBy("requested_at", "desc").orderBy("id", "desc");
  if (service !== undefined) query = query.where("service", "=", service);
  if (environment !== undefined) query = query.where("environment", "=", environment);
  if (open !== undefined) query = query.where("ended", "=", open ? 0 : 1);
  if (reviewOpen !== undefined) query = query.where("review_open", "=", reviewOpen ? 1 : 0);
  if (since !== undefined)
    query = query.where(({ eb, or }) => or([eb("requested_at", ">=", since), eb("ended", "=", 0)]));
  if (limit !== undefined) query = query.limit(limit);
  return withEvents(db, await query.execute());
}

/** So many requests are read by one query. */
const atOnce = 500;

async function withEvents(db: Database, rows: readonly Selectable<ApprovalRow>[]): Promise<KeptApproval[]> {
  const events = new Map<string, RecordedApproval[]>(rows.map(({ id }) => [id, []]));
  for (let first = 0; first < rows.length; first += atOnce) {
    const ids = rows.slice(first, first + atOnce).map(({ id }) => id);
    const read = db.selectFrom("approval_events").select(["approval", "at", "event"]).where("approval", "in", ids);
    for (const { approval, at, event } of await read.orderBy("approval").orderBy("sequence").execute()) {
      events.get(approval)!.push({ at, event: JSON.parse(event) as ApprovalEvent });
    }
  }
  return rows.map(({ id, service, environment }) => ({ id, service, environment, events: events.get(id)! }));
}
