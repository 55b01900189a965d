/** Journals, and the one row per deployment that lists are read from. */
import type { Selectable } from "kysely";

import type { DeploymentEvent, Recorded, State } from "../../core/deployment.ts";
import { finalStates } from "../../core/deployment.ts";
import type { DeploymentFilter, DeploymentSummary, JournalChange } from "../../ports/store.ts";
import { JournalConflict } from "../../ports/store.ts";
import type { Database, DeploymentRow, Trx } from "./schema.ts";

/** Appends the events, or throws when somebody else was first. */
export async function appendToJournal(trx: Trx, at: number, change: JournalChange): Promise<void> {
  const { deployment, expected, events, after } = change;
  const last = expected + events.length;
  if (after.id !== deployment || after.sequence !== last || last === 0) {
    throw new Error(`the change of ${deployment} ends at event ${last}, but it was folded up to ${after.sequence}`);
  }
  if (expected === 0) await begin(trx, at, change);
  else await advance(trx, at, change);

  if (events.length === 0) return;
  const rows = events.map((event, index) => ({
    deployment,
    sequence: expected + 1 + index,
    at,
    kind: event.kind,
    event: JSON.stringify(event),
  }));
  await trx.insertInto("events").values(rows).execute();
}

async function begin(trx: Trx, at: number, change: JournalChange): Promise<void> {
  const { request, requestedAt } = change.after;
  const { number } = await trx
    .selectFrom("deployments")
    .select(({ fn }) => fn.max("number").as("number"))
    .executeTakeFirstOrThrow();
  const inserted = await trx
    .insertInto("deployments")
    .values({
      id: change.deployment,
      number: (number ?? 0) + 1,
      service: request.service,
      environment: request.environment,
      kind: request.kind,
      requested_by: request.by,
      requested_at: requestedAt,
      only_hosts: request.hosts === undefined ? null : JSON.stringify(request.hosts),
      ...changing(at, change),
    })
    .onConflict((conflict) => conflict.column("id").doNothing())
    .executeTakeFirst();
  if (inserted.numInsertedOrUpdatedRows === 0n) throw new JournalConflict(`${change.deployment} was begun already`);
}

/** The expected sequence is a condition of the update: whoever comes second changes nothing. */
async function advance(trx: Trx, at: number, change: JournalChange): Promise<void> {
  const { deployment, expected } = change;
  const updated = await trx
    .updateTable("deployments")
    .set(changing(at, change))
    .where("id", "=", deployment)
    .where("sequence", "=", expected)
    .executeTakeFirst();
  if (updated.numUpdatedRows === 0n) {
    throw new JournalConflict(`event ${expected} is not the last one in the journal of ${deployment}`);
  }
}

function changing(at: number, { after, dueAt }: JournalChange) {
  const final = finalStates.has(after.state);
  return {
    sequence: after.sequence,
    state: after.state,
    revision: after.revision ?? null,
    release_number: after.release?.number ?? null,
    finished_at: after.finished?.at ?? (final ? at : null),
    message: after.finished?.message ?? null,
    behind: JSON.stringify(after.finished?.behind ?? []),
    due_at: dueAt,
  };
}

export async function readJournal(db: Database, deployment: string, after: number): Promise<Recorded[]> {
  const rows = await db
    .selectFrom("events")
    .select(["sequence", "at", "event"])
    .where("deployment", "=", deployment)
    .where("sequence", ">", after)
    .orderBy("sequence")
    .execute();
  return rows.map(({ sequence, at, event }) => ({ sequence, at, event: JSON.parse(event) as DeploymentEvent }));
}

export async function readSummary(db: Database, idOrNumber: string): Promise<DeploymentSummary | undefined> {
  const byId = await db.selectFrom("deployments").selectAll().where("id", "=", idOrNumber).executeTakeFirst();
  if (byId !== undefined) return summary(byId);

  const number = /^(?:d-)?([1-9][0-9]{0,8})$/.exec(idOrNumber)?.[1];
  if (number === undefined) return undefined;
  const row = await db.selectFrom("deployments").selectAll().where("number", "=", Number(number)).executeTakeFirst();
  return row === undefined ? undefined : summary(row);
}

export async function readSummaries(db: Database, filter: DeploymentFilter): Promise<DeploymentSummary[]> {
  const { service, environment, environments, unfinished, before, limit } = filter;
  // Not by id: a clock that was set back makes a newer deployment's id the smaller one.
  let query = db.selectFrom("deployments").selectAll().orderBy("number", "desc");
  if (service !== undefined) query = query.where("service", "=", service);
  if (environment !== undefined) query = query.where("environment", "=", environment);
  if (environments !== undefined) query = query.where("environment", "in", [...environments]);
  if (unfinished !== undefined) query = query.where("finished_at", unfinished ? "is" : "is not", null);
  if (before !== undefined) {
    query = query.where(({ eb, selectFrom }) =>
      eb("number", "<", selectFrom("deployments").select("number").where("id", "=", before)),
    );
  }
  if (limit !== undefined) query = query.limit(limit);
  return (await query.execute()).map(summary);
}

export async function readDue(db: Database, at: number): Promise<string[]> {
  const rows = await db
    .selectFrom("deployments")
    .select("id")
    .where("finished_at", "is", null)
    .where("due_at", "<=", at)
    .orderBy("due_at")
    .orderBy("id")
    .execute();
  return rows.map(({ id }) => id);
}

function summary(row: Selectable<DeploymentRow>): DeploymentSummary {
  return {
    id: row.id,
    number: row.number,
    service: row.service,
    environment: row.environment,
    kind: row.kind as DeploymentSummary["kind"],
    state: row.state as State,
    by: row.requested_by,
    revision: row.revision,
    release: row.release_number,
    requestedAt: row.requested_at,
    finishedAt: row.finished_at,
    message: row.message,
    behind: JSON.parse(row.behind) as string[],
    onlyHosts: row.only_hosts === null ? null : (JSON.parse(row.only_hosts) as string[]),
  };
}
