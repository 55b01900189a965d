/** How the work of approving was shared among those who may do it. */
import type { FairnessReport } from "../../core/fairness-report.ts";
import { fairnessReport } from "../../core/fairness-report.ts";
import { listApprovals } from "./find.ts";
import type { World } from "../world.ts";

const dayMilliseconds = 86_400_000;

export interface ApprovalReport extends FairnessReport {
  readonly from: number;
  readonly until: number;
}

/** Over the last days. Somebody who was asked and may approve no more is in it; who may and was not asked, too. */
export async function approvalReport(
  days: number,
  { store, clock }: Pick<World, "store" | "clock">,
): Promise<ApprovalReport> {
  const until = clock.now();
  const from = until - days * dayMilliseconds;
  const asks = (await listApprovals({ since: from }, { store })).flatMap((approval) => approval.asks);
  const asked = new Set(asks.map(({ login }) => login));
  const people = (await store.people.list()).filter(
    ({ login, grants, disabled }) => asked.has(login) || (!disabled && grants.some(({ right }) => right === "approve")),
  );
  const members = people.map(({ login, groups, absences, createdAt, most }) => ({
    login,
    groups,
    away: absences,
    since: createdAt,
    most,
  }));
  return { from, until, ...fairnessReport(members, asks, { from, until }) };
}
