/** Somebody or something asks for a deployment: it is remembered, older ones that still wait make room, and it begins. */
import { apply, fold } from "../core/fold.ts";
import type { Deployment, DeploymentEvent, Recorded, Request } from "../core/deployment.ts";
import { planPrepare } from "../core/plan.ts";
import type { Origin } from "../core/plan.ts";
import type { Target } from "../core/service.ts";
import type { State } from "../core/deployment.ts";
import { JournalConflict, StoreFull } from "../ports/store.ts";
import type { AuditEntry, JournalChange } from "../ports/store.ts";
import { endedRollouts } from "./admit.ts";
import { refuseWhileFrozen } from "./frozen.ts";
import { newDeploymentId } from "./new-id.ts";
import { pinsFor } from "./secrets/pins.ts";
import type { World } from "./world.ts";

/** Not running yet, so a newer request takes their place. */
const stillWaiting: ReadonlySet<State> = new Set<State>(["requested", "preparing", "awaiting-approval", "queued"]);

const fewestFreeBytes = 1024 * 1024 * 1024;

/**
 * Asks for a deployment. When this returns, it is durable.
 *
 * @returns the new deployment's id
 * @throws {Frozen} when the installation was restored and not confirmed
 * @throws {StoreFull} when the server's disk is nearly full
 * @throws {SecretFailed} naming the secrets that are missing
 * @throws {SecretReferenceRefused} when a secret can't be given to the service
 */
export async function request(asked: Request, target: Target, origin: Origin, world: World): Promise<string> {
  await refuseWhileFrozen(world);
  if (asked.kind === "deploy") await refuseWhileFull(world);
  const secrets = await pinsFor(target, origin, world);
  const at = world.clock.now();
  const id = newDeploymentId(at);
  const ended = await endedRollouts(asked, world.store);
  const event: DeploymentEvent = {
    kind: "requested",
    request: asked,
    prepare: planPrepare(target, origin, secrets),
    ended,
  };
  const recorded: Recorded = { sequence: 1, at, event };
  const own: JournalChange = { deployment: id, expected: 0, events: [event], after: fold(id, [recorded]), dueAt: at };
  const audit: AuditEntry = {
    actor: asked.by,
    action: `request ${asked.kind}`,
    object: `${asked.service}@${asked.environment}`,
    detail: { deployment: id, reason: asked.reason ?? null },
  };
  const superseded = await commitWithSuperseded(id, asked, { at, own, audit }, world);
  for (const other of superseded) world.bell.ring(other);
  world.queue.wake(id);
  return id;
}

interface Own {
  readonly at: number;
  readonly own: JournalChange;
  readonly audit: AuditEntry;
}

/** The new deployment and the end of those whose place it takes, in one transaction: never both, and never neither. */
async function commitWithSuperseded(
  id: string,
  asked: Request,
  { at, own, audit }: Own,
  world: World,
): Promise<readonly string[]> {
  for (;;) {
    const older = asked.kind === "deploy" ? await overtakenBy(asked, world) : [];
    const message = `a newer deployment (${id}) took its place before it began`;
    try {
      await world.store.commit({
        at,
        journals: [own, ...older.map((deployment) => ending(deployment, at, message))],
        releaseLocksOf: older.map((deployment) => deployment.id),
        audit: [
          audit,
          ...older.map((deployment) => ({
            ...audit,
            action: "supersede",
            detail: { deployment: deployment.id, newer: id },
          })),
        ],
      });
      return older.map((deployment) => deployment.id);
    } catch (error) {
      if (!(error instanceof JournalConflict)) throw error;
    }
  }
}

/** The newest wins: older deployments to no other hosts that have not begun their rollout. */
async function overtakenBy({ service, environment, hosts }: Request, { store }: World): Promise<readonly Deployment[]> {
  const unfinished = await store.deployments({ service, environment, unfinished: true });
  const waiting = unfinished.filter(({ kind, state }) => kind === "deploy" && stillWaiting.has(state));
  const deployments = await Promise.all(
    waiting.map(async (summary) => fold(summary.id, await store.journal(summary.id))),
  );
  return deployments.filter(
    ({ state, prepare }) =>
      stillWaiting.has(state) && prepare?.target.hosts.some((host) => hosts?.includes(host) === false) !== true,
  );
}

function ending(deployment: Deployment, at: number, message: string): JournalChange {
  const event: DeploymentEvent = { kind: "finished", state: "superseded", message, behind: [] };
  const after = apply(deployment, { sequence: deployment.sequence + 1, at, event });
  return { deployment: deployment.id, expected: deployment.sequence, events: [event], after, dueAt: null };
}

/** A server whose disk fills up finishes what it has, and takes on nothing new. */
async function refuseWhileFull({ store }: World): Promise<void> {
  const { freeBytes, admitting } = await store.health();
  if (admitting && freeBytes >= fewestFreeBytes) return;
  const megabytes = Math.floor(freeBytes / 1024 / 1024);
  throw new StoreFull(
    `the server has ${megabytes} MB of disk left and takes on no new deployment below 1 GiB; free some`,
  );
}
