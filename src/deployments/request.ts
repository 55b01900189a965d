/** Somebody or something asks for a deployment: it is remembered, older ones that still wait make room, and it begins. */
import { fold } from "../core/deployment.ts";
import type { DeploymentEvent, Recorded, Request } from "../core/deployment.ts";
import { planPrepare } from "../core/plan.ts";
import type { Origin } from "../core/plan.ts";
import type { Target } from "../core/service.ts";
import type { State } from "../core/deployment.ts";
import type { JournalChange } from "../ports/store.ts";
import { endedRollouts } from "./admit.ts";
import { refuseWhileFrozen } from "./frozen.ts";
import { Journal } from "./journal.ts";
import { newDeploymentId } from "./new-id.ts";
import type { World } from "./world.ts";

/** Not running yet, so a newer request takes their place. */
const stillWaiting: ReadonlySet<State> = new Set<State>(["requested", "preparing", "awaiting-approval", "queued"]);

/**
 * Asks for a deployment. When this returns, it is durable.
 *
 * @returns the new deployment's id
 * @throws {Frozen} when the installation was restored and not confirmed
 */
export async function request(asked: Request, target: Target, origin: Origin, world: World): Promise<string> {
  await refuseWhileFrozen(world);
  const at = world.clock.now();
  const id = newDeploymentId(at);
  const ended = await endedRollouts(asked, world.store);
  const event: DeploymentEvent = { kind: "requested", request: asked, prepare: planPrepare(target, origin), ended };
  const recorded: Recorded = { sequence: 1, at, event };
  const own: JournalChange = { deployment: id, expected: 0, events: [event], after: fold(id, [recorded]), dueAt: at };
  await world.store.commit({
    at,
    journals: [own],
    audit: [
      {
        actor: asked.by,
        action: `request ${asked.kind}`,
        object: `${asked.service}@${asked.environment}`,
        detail: { deployment: id, reason: asked.reason ?? null },
      },
    ],
  });
  if (asked.kind === "deploy") await supersedeOlder(id, asked, world);
  world.queue.wake(id);
  return id;
}

/** The newest wins: older deployments to no other hosts that have not begun their rollout end as superseded. */
async function supersedeOlder(id: string, { by, service, environment, hosts }: Request, world: World): Promise<void> {
  const older = await world.store.deployments({ service, environment, unfinished: true, before: id });
  for (const { id: other, state, kind } of older) {
    if (kind !== "deploy" || !stillWaiting.has(state)) continue;
    const journal = await Journal.open(world, other);
    const goesOn = journal.deployment.prepare?.target.hosts.some((host) => hosts?.includes(host) === false);
    if (goesOn === true) continue;
    while (stillWaiting.has(journal.deployment.state)) {
      const message = `a newer deployment (${id}) took its place before it began`;
      if (
        await journal.decide([{ kind: "finished", state: "superseded", message, behind: [] }], {
          releaseLocksOf: [other],
          audit: [
            {
              actor: by,
              action: "supersede",
              object: `${service}@${environment}`,
              detail: { deployment: other, newer: id },
            },
          ],
        })
      )
        break;
    }
  }
}
