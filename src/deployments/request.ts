/** Somebody or something asks for a deployment: it is remembered, older ones that still wait make room, and it begins. */
import type { ApprovalPolicy } from "../core/approval.ts";
import { isKnownToApprovers, isMoreUrgentThan, mayTakePlaceOf } from "../core/approval-order.ts";
import { fold } from "../core/fold.ts";
import type { Deployment, DeploymentEvent, Recorded, Request } from "../core/deployment.ts";
import { planPrepare } from "../core/plan.ts";
import type { Origin } from "../core/plan.ts";
import type { Target } from "../core/service.ts";
import type { State } from "../core/deployment.ts";
import { JournalConflict, StoreFull } from "../ports/store.ts";
import type { AuditEntry, Change, JournalChange } from "../ports/store.ts";
import { endedRollouts } from "./admit.ts";
import { callOff } from "./approvals/call-off.ts";
import { refuseWhileFrozen } from "./frozen.ts";
import { journalChange } from "./journal.ts";
import { newDeploymentId } from "./new-id.ts";
import { pinsFor } from "./secrets/pins.ts";
import type { World } from "./world.ts";

/** What else is written together with the new deployment, whose id it is told. */
export type Along = (deployment: string) => Pick<Change, "places" | "reports">;

/** Not running yet, so a newer request takes their place. */
const stillWaiting: ReadonlySet<State> = new Set<State>(["requested", "preparing", "awaiting-approval", "queued"]);

const fewestFreeBytes = 1024 * 1024 * 1024;

/**
 * Asks for a deployment. When this returns, it is durable.
 *
 * @param policy where somebody has to approve it
 *
 * @returns the new deployment's id
 * @throws {PlaceChanged} when what is written along does not hold any more
 * @throws {Frozen} when the installation was restored and not confirmed
 * @throws {StoreFull} when the server's disk is nearly full
 * @throws {SecretFailed} naming the secrets that are missing
 * @throws {SecretReferenceRefused} when a secret can't be given to the service
 */
export async function request(
  asked: Request,
  target: Target,
  origin: Origin,
  world: World,
  policy: ApprovalPolicy | undefined = undefined,
  along: Along = () => ({}),
): Promise<string> {
  await refuseWhileFrozen(world);
  if (asked.kind === "deploy") await refuseWhileFull(world);
  const secrets = await pinsFor(target, origin, world);
  const at = world.clock.now();
  const id = newDeploymentId(at);
  const ended = await endedRollouts(asked, world.store);
  const prepare = planPrepare(target, origin, secrets);
  const rules = policy === undefined ? {} : { policy };
  const event: DeploymentEvent = { kind: "requested", request: asked, prepare, ended, ...rules };
  const recorded: Recorded = { sequence: 1, at, event };
  const own: JournalChange = { deployment: id, expected: 0, events: [event], after: fold(id, [recorded]), dueAt: at };
  const audit: AuditEntry = {
    actor: asked.by,
    action: `request ${asked.kind}`,
    object: `${asked.service}@${asked.environment}`,
    detail: {
      deployment: id,
      reason: asked.reason ?? null,
      ...(asked.breakGlass === undefined ? {} : { breakGlass: asked.breakGlass }),
    },
  };
  const superseded = await commitWithSuperseded(id, { at, own, audit, along: along(id) }, world);
  for (const other of superseded) {
    world.bell.ring(other);
    world.queue.wake(other);
  }
  world.queue.wake(id);
  return id;
}

interface Own {
  readonly at: number;
  readonly own: JournalChange;
  readonly audit: AuditEntry;
  readonly along: ReturnType<Along>;
}

/** The new deployment and the end of those whose place it takes, in one transaction: never both, and never neither. */
async function commitWithSuperseded(
  id: string,
  { at, own, audit, along }: Own,
  world: World,
): Promise<readonly string[]> {
  const end = { state: "superseded", message: `a newer deployment (${id}) took its place before it began` } as const;
  for (;;) {
    const older = await overtakenBy(own.after, world);
    const endings = await Promise.all(older.map(async (deployment) => callOff(deployment, end, world)));
    try {
      await world.store.commit({
        at,
        ...along,
        journals: [
          own,
          ...older.map((deployment, index) =>
            journalChange(deployment, [{ kind: "finished", ...endings[index]!.end, behind: [] }], at),
          ),
        ],
        releaseLocksOf: older.map((deployment) => deployment.id),
        approvals: endings.flatMap(({ approvals }) => approvals),
        messages: endings.flatMap(({ messages }) => messages),
        audit: [
          audit,
          ...endings.flatMap((ending) => ending.audit),
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

/**
 * The newest wins: older deployments to no other hosts that have not begun their rollout.
 *
 * Where people approve, what they have seen makes room only when the newer one has a plan to show them, and what they
 * approved makes room for nobody.
 */
async function overtakenBy(newer: Deployment, { store }: World): Promise<readonly Deployment[]> {
  const { service, environment } = newer.request;
  const unfinished = await store.deployments({ service, environment, unfinished: true });
  const waiting = unfinished.filter(({ state }) => stillWaiting.has(state));
  const deployments = await Promise.all(
    waiting.map(async (summary) => fold(summary.id, await store.journal(summary.id))),
  );
  return deployments.filter((older) => {
    if (!stillWaiting.has(older.state) || !mayTakePlaceOf(newer.request, older)) return false;
    if (older.approval?.given !== undefined) return false;
    return newer.policy === undefined || !(isKnownToApprovers(older) || isMoreUrgentThan(older, newer.request));
  });
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
