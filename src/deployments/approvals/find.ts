/** Requests for approval, as whoever asks about them wants them: by any of their names, and folded. */
import type { Approval } from "../../core/approval.ts";
import { foldApproval } from "../../core/approval-fold.ts";
import { fold } from "../../core/fold.ts";
import { UnknownName } from "../../core/settings.ts";
import type { ApprovalFilter, KeptApproval } from "../../ports/approvals.ts";
import type { World } from "../world.ts";

export interface PlacedApproval extends Approval {
  readonly service: string;
  readonly environment: string;
}

type StoreWorld = Pick<World, "store">;

export function placed({ id, service, environment, events }: KeptApproval): PlacedApproval {
  return { ...foldApproval(id, events), service, environment };
}

/**
 * By its own id, by the id of its deployment, or by `d-12`; of a deployment the newest one.
 *
 * @throws {UnknownName}
 */
export async function findApproval(ref: string, world: StoreWorld): Promise<PlacedApproval> {
  return placed(await keptApproval(ref, world));
}

export async function listApprovals(filter: ApprovalFilter, { store }: StoreWorld): Promise<readonly PlacedApproval[]> {
  return (await store.approvals.list(filter)).map(placed);
}

/** @throws {UnknownName} */
export async function keptApproval(ref: string, { store }: StoreWorld): Promise<KeptApproval> {
  const kept = (await store.approvals.find(ref)) ?? (await ofDeployment(ref, store));
  if (kept === undefined) throw new UnknownName(`there is no request for approval ${ref}`);
  return kept;
}

/** A request that moved on to a newer deployment is still found by the one that it began with. */
async function ofDeployment(ref: string, store: World["store"]): Promise<KeptApproval | undefined> {
  const summary = await store.summary(ref);
  if (summary === undefined) return undefined;
  const about = await store.approvals.about(summary.id);
  if (about !== undefined) return about;
  const { approval } = fold(summary.id, await store.journal(summary.id));
  return approval === undefined ? undefined : store.approvals.find(approval.id);
}
