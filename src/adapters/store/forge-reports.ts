/** What forges are to show on commits. */
import type { Selectable, Updateable } from "kysely";

import type { KeptReport, NewReport, ReportSettled, ReportState } from "../../ports/pushes.ts";
import type { Database, ForgeReportRow, Trx } from "./schema.ts";

/** Adds them; one whose key is known already is left as it is. */
export async function addReports(trx: Trx, at: number, reports: readonly NewReport[]): Promise<void> {
  for (const report of reports) {
    await trx
      .insertInto("forge_reports")
      .values({ ...report, at, due_at: at, tries: 0 })
      .onConflict((conflict) => conflict.column("key").doNothing())
      .execute();
  }
}

export async function settleReport(trx: Trx, id: number, settled: ReportSettled, at: number): Promise<void> {
  await trx.updateTable("forge_reports").set(changed(settled, at)).where("id", "=", id).execute();
  if (settled.kind !== "again") return;
  const counted = trx.updateTable("forge_reports").set(({ eb }) => ({ tries: eb("tries", "+", 1) }));
  await counted.where("id", "=", id).execute();
}

function changed(settled: ReportSettled, at: number): Updateable<ForgeReportRow> {
  switch (settled.kind) {
    case "shown":
      return { shown: settled.state, due_at: settled.next, tries: 0, last_error: null, at };
    case "again":
      return { due_at: settled.at, last_error: settled.error };
    case "given-up":
      return { due_at: null, last_error: settled.error, at };
  }
}

export async function forgetReports(trx: Trx, before: number): Promise<number> {
  const old = trx.deleteFrom("forge_reports").where("at", "<", before).where("due_at", "is", null);
  return Number((await old.executeTakeFirst()).numDeletedRows);
}

export async function readDueReports(db: Database, at: number, limit: number): Promise<KeptReport[]> {
  const due = db.selectFrom("forge_reports").selectAll().where("due_at", "<=", at);
  return (await due.orderBy("id").limit(limit).execute()).map(kept);
}

export async function readOpenReports(db: Database, deployment: string): Promise<KeptReport[]> {
  const open = db.selectFrom("forge_reports").selectAll().where("deployment", "=", deployment);
  return (await open.where("due_at", "is not", null).orderBy("id").execute()).map(kept);
}

function kept({ due_at: _, last_error: __, shown, ...report }: Selectable<ForgeReportRow>): KeptReport {
  return { ...report, shown: shown as ReportState | null };
}
