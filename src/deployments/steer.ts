/** What people tell a deployment while it goes on: pause, resume, abort. The runner obeys at the next look. */
import { finalStates } from "../core/deployment.ts";
import type { DeploymentEvent } from "../core/deployment.ts";
import { Journal } from "./journal.ts";
import type { World } from "./world.ts";

/** The deployment is over; there is nothing left to steer. */
export class AlreadyFinished extends Error {
  override readonly name = "AlreadyFinished";
}

/** Finishes the hosts that are being changed, then waits. */
export function pause(id: string, by: string, world: World): Promise<void> {
  return steer(id, { kind: "pause-requested", by }, by, world);
}

export function resume(id: string, by: string, world: World): Promise<void> {
  return steer(id, { kind: "resumed", by }, by, world);
}

/** Ends the deployment: before its rollout by withdrawing it, afterwards by rolling back what was touched. */
export function abort(id: string, by: string, reason: string, world: World): Promise<void> {
  return steer(id, { kind: "abort-requested", by, reason }, by, world);
}

async function steer(id: string, event: DeploymentEvent, by: string, world: World): Promise<void> {
  const journal = await Journal.open(world, id);
  const { service, environment } = journal.deployment.request;
  for (;;) {
    if (finalStates.has(journal.deployment.state))
      throw new AlreadyFinished(`the deployment has ended already: ${journal.deployment.state}`);
    const along = {
      audit: [{ actor: by, action: event.kind, object: `${service}@${environment}`, detail: { deployment: id } }],
    };
    if (await journal.decide([event], along)) break;
  }
  world.queue.wake(id);
}
