/** Who has to look again after something about approvals was written, or after people have changed. */
import { dueAt } from "../../core/approval-due.ts";
import type { World } from "../world.ts";
import type { PlacedApproval } from "./find.ts";
import { todayIn } from "./today.ts";

const prefix = "approval:";

/** How the queue calls a request for approval; every other key is a deployment's id. */
export function approvalKey(id: string): string {
  return prefix + id;
}

export function approvalOfKey(key: string): string | undefined {
  return key.startsWith(prefix) ? key.slice(prefix.length) : undefined;
}

interface Written {
  readonly approvals: readonly PlacedApproval[];
  readonly deployments: readonly string[];
  /** Those of the deployments that have ended with it. */
  readonly ended: readonly string[];
}

/** The deployments at once, so that the next step begins by itself; the requests for whatever the clock wants next. */
export async function wakeAfter({ approvals, deployments, ended }: Written, world: World): Promise<void> {
  for (const deployment of deployments) {
    world.bell.ring(deployment);
    world.queue.wake(deployment);
  }
  for (const { id } of approvals) world.queue.wake(approvalKey(id));
  if (ended.length === 0) return;
  for (const { service, environment } of approvals) await wakeOthers({ service, environment }, world);
}

/** Those that may have waited for a lock, or behind a deployment that has ended. */
export async function wakeOthers(
  place: { readonly service: string; readonly environment: string },
  { store, queue }: Pick<World, "store" | "queue">,
): Promise<void> {
  for (const { id } of await store.deployments({ ...place, unfinished: true })) queue.wake(id);
}

/** After people, their rights or their absences changed: whom an open request needs may be another one now. */
export async function peopleChanged({ store, queue }: Pick<World, "store" | "queue">): Promise<void> {
  for (const { id } of await store.approvals.list({ open: true })) queue.wake(approvalKey(id));
  for (const { id } of await store.approvals.list({ reviewOpen: true })) queue.wake(approvalKey(id));
}

/** When the clock wants something of a request. */
export async function wakeInTime(approval: PlacedApproval, world: World): Promise<void> {
  const at = dueAt(approval, await todayIn(approval.environment, world), world.clock.now());
  if (at !== undefined) world.queue.wake(approvalKey(approval.id), at);
}

/** At the start of a server: whatever was missed while there was none is found out by looking at all that is open. */
export async function wakeEverything(world: World): Promise<void> {
  for (const { id } of await world.store.deployments({ unfinished: true })) world.queue.wake(id);
  await peopleChanged(world);
}
