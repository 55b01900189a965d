/** The store's part about pushes, put together. */
import type { Pushes } from "../../ports/pushes.ts";
import {
  acceptDeliveries,
  forgetDeliveries,
  readDeliveries,
  readDueDeliveries,
  settleDeliveries,
} from "./deliveries.ts";
import { forgetReports, readDueReports, readOpenReports, settleReport } from "./forge-reports.ts";
import { readPlace } from "./places.ts";
import type { Database, Trx } from "./schema.ts";

/** Runs one transaction; `begins` says that it brings new work, which a full disk refuses. */
type Write = <Result>(transaction: (trx: Trx) => Promise<Result>, begins: boolean) => Promise<Result>;

export function pushesIn(db: Database, write: Write): Pushes {
  return {
    accept: (deliveries, at) => write((trx) => acceptDeliveries(trx, deliveries, at), true),
    due: (at, limit) => readDueDeliveries(db, at, limit),
    settle: (ids, settled) => write((trx) => settleDeliveries(trx, ids, settled), false),
    list: (filter) => readDeliveries(db, filter),
    forget: (before) =>
      write(async (trx) => (await forgetDeliveries(trx, before)) + (await forgetReports(trx, before)), false),
    place: (service, environment, ref) => readPlace(db, service, environment, ref),
    dueReports: (at, limit) => readDueReports(db, at, limit),
    openReports: (deployment) => readOpenReports(db, deployment),
    settleReport: (id, settled, at) => write((trx) => settleReport(trx, id, settled, at), false),
  };
}
