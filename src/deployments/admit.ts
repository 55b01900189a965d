/** From waiting to running: one rollout at a time for a service in an environment. */
import { foldApproval } from "../core/approval-fold.ts";
import { gate } from "../core/approval-next.ts";
import { fold } from "../core/fold.ts";
import type { Deployment, State } from "../core/deployment.ts";
import { LockHeld } from "../ports/store.ts";
import { takesDataAwayLater } from "../core/migrations.ts";
import { onlyWatches } from "../core/waits.ts";
import { finish } from "./finish.ts";
import { lookAtFreezes } from "./freezes/gate.ts";
import { Journal } from "./journal.ts";
import { voidOldSecrets } from "./secrets/void-old-secrets.ts";
import type { World } from "./world.ts";

/** A holder wakes those who wait when it ends; this is only for a wake-up that was lost. */
const askAgainMilliseconds = 2_000;

interface Place {
  readonly service: string;
  readonly environment: string;
}

/** The lock that a rollout holds from its first step to its end. */
export function rolloutLock({ service, environment }: Place): string {
  return `${service}@${environment}`;
}

/**
 * With the lock in hand nobody else changes the service any more. Only then it shows whether what was read from the
 * hosts still holds; where it does not, they are looked at again with the lock kept.
 *
 * @returns false when the lock is held by another deployment; it is asked again later
 */
export async function admit(journal: Journal, world: World): Promise<boolean> {
  if (await lookAtFreezes(journal, world)) return true;
  const { store, queue, clock } = world;
  const { id, request } = journal.deployment;
  const hasQueued = journal.deployment.state === "queued";
  if (!hasQueued && (await voidOldSecrets(journal, world))) return true;
  const takeLocks = { owner: id, reason: `${request.kind} by ${request.by}`, resources: [rolloutLock(request)] };
  if (await isShut(journal, world)) return true;
  const first = await aheadOf(journal, store);
  if (first !== undefined) return waitBehind(first, journal, { queue, clock });
  const holder = await holderOf(rolloutLock(request), id, store);
  if (holder !== undefined) return waitForLock(holder, journal, world);
  // Before the lock is taken: whoever has to be asked about the new plan must not hold others up. Who waits for long
  // is looked at every few seconds, and does not ask the keeper of secrets each time.
  if (hasQueued && (await voidOldSecrets(journal, world))) return true;
  try {
    // Taken on the condition that nobody ended the deployment meanwhile: its locks would stay for ever.
    if (!(await journal.decide([], { takeLocks }))) return true;
  } catch (error) {
    if (!(error instanceof LockHeld)) throw error;
    return waitForLock(error.lock.owner, journal, world);
  }
  const ended = await endedRollouts(request, store);
  if (journal.deployment.ended === ended) {
    await journal.decide([{ kind: "admitted", epoch: await store.nextEpoch() }], { takeLocks });
  } else {
    await journal.decide([{ kind: "overtaken", ended }], { takeLocks });
  }
  return true;
}

/**
 * The last look before anything changes: the request for approval itself has to say yes to this very plan. The two
 * journals are written together, so that they differ means that somebody changed one of them.
 */
async function isShut(journal: Journal, world: World): Promise<boolean> {
  const { policy, approval, digest = "" } = journal.deployment;
  if (policy === undefined) return false;
  const kept = approval === undefined ? undefined : await world.store.approvals.find(approval.id);
  const opened = kept === undefined ? undefined : gate(foldApproval(kept.id, kept.events), digest);
  if (opened?.kind === "open") return false;
  const message = "refused by an interlock: its request for approval does not say that this plan was approved";
  await finish({ kind: "finish", state: "failed", message, behind: [] }, journal, world);
  return true;
}

/** First come, first served among those that wait for the lock; only the way back waits for nobody who waits. */
async function aheadOf({ deployment }: Journal, store: World["store"]): Promise<string | undefined> {
  const { kind, service, environment } = deployment.request;
  if (kind === "roll-back") return undefined;
  const own = await store.summary(deployment.id);
  const others = await store.deployments({ service, environment, unfinished: true });
  for (const { id, state, number } of others) {
    if (state !== "queued" || number >= (own?.number ?? 0)) continue;
    // One that a freeze or a person holds up gives its turn away to one that nothing holds.
    const { frozen, paused } = fold(id, await store.journal(id));
    if (frozen === undefined && paused === undefined) return id;
  }
  return undefined;
}

async function holderOf(lock: string, own: string, store: World["store"]): Promise<string | undefined> {
  return (await store.locks()).find(({ resource, owner }) => resource === lock && owner !== own)?.owner;
}

async function waitForLock(holder: string, journal: Journal, world: World): Promise<boolean> {
  await endWatchOf(holder, journal.deployment, world);
  return waitBehind(holder, journal, world);
}

/** A rollout that is done and only watched does not hold up the next one. */
async function endWatchOf(holder: string, { id, request }: Deployment, world: World): Promise<void> {
  const other = await Journal.open(world, holder);
  const { aborted, watchEndedBy } = other.deployment;
  if (!onlyWatches(other.deployment) || aborted !== undefined || watchEndedBy !== undefined) return;
  // What a migration takes away is gone for good, so its release is watched to the end first.
  if (takesDataAwayLater(other.deployment)) return;
  await other.decide([{ kind: "watch-ended", by: `${request.kind} ${id}` }]);
  world.queue.wake(holder);
}

async function waitBehind(
  other: string,
  journal: Journal,
  { queue, clock }: Pick<World, "queue" | "clock">,
): Promise<boolean> {
  const { id, state } = journal.deployment;
  if (state !== "queued") await journal.decide([{ kind: "queued", behind: other }]);
  queue.wake(id, clock.now() + askAgainMilliseconds);
  return false;
}

const mayHaveChangedHosts: ReadonlySet<State> = new Set<State>(["succeeded", "rolled-back", "rollback-failed"]);

/** How many rollouts of the service there have been. A count, because clocks can be set back. */
export async function endedRollouts({ service, environment }: Place, store: World["store"]): Promise<number> {
  const all = await store.deployments({ service, environment });
  return all.filter(({ state }) => mayHaveChangedHosts.has(state)).length;
}
