/** What the queue wakes: deployments, and requests for approval. */
import { tendApproval } from "./approvals/tend.ts";
import { approvalKey, approvalOfKey } from "./approvals/wake.ts";
import { runDeployment } from "./run.ts";
import type { World } from "./world.ts";

export async function work(key: string, world: World, stop: AbortSignal): Promise<void> {
  const approval = approvalOfKey(key);
  await (approval === undefined ? runDeployment(key, world, stop) : tendApproval(approval, world));
}

/** Wakes what is due: a wake-up may have been lost. */
export async function wakeDue({ store, queue, clock }: World): Promise<void> {
  const now = clock.now();
  for (const id of await store.due(now)) queue.wake(id);
  for (const id of await store.approvals.due(now)) queue.wake(approvalKey(id));
}
