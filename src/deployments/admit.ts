/** From waiting to running: one rollout at a time for a service in an environment. */
import { LockHeld } from "../ports/store.ts";
import type { Journal } from "./journal.ts";
import type { World } from "./world.ts";

/** A holder wakes those who wait when it ends; this is only for a wake-up that was lost. */
const askAgainMilliseconds = 2_000;

/** The lock that a rollout holds from its first step to its end. */
export function rolloutLock({
  service,
  environment,
}: {
  readonly service: string;
  readonly environment: string;
}): string {
  return `${service}@${environment}`;
}

/** @returns false when the lock is held by another deployment; it is asked again later */
export async function admit(journal: Journal, { store, queue, clock }: World): Promise<boolean> {
  const { id, request } = journal.deployment;
  try {
    const epoch = await store.nextEpoch();
    await journal.decide([{ kind: "admitted", epoch }], {
      takeLocks: { owner: id, reason: `${request.kind} by ${request.by}`, resources: [rolloutLock(request)] },
    });
    return true;
  } catch (error) {
    if (!(error instanceof LockHeld)) throw error;
    queue.wake(id, clock.now() + askAgainMilliseconds);
    return false;
  }
}
