/** What people tell a deployment while it goes on. The runner obeys at the next look. */
import type { Deployment, DeploymentEvent } from "../core/deployment.ts";
import { finalStates } from "../core/deployment.ts";
import { apply } from "../core/fold.ts";
import { onlyWatches } from "../core/waits.ts";
import { Journal } from "./journal.ts";
import type { World } from "./world.ts";

/** The deployment is over; there is nothing left to steer. */
export class AlreadyFinished extends Error {
  override readonly name = "AlreadyFinished";
}

/** The deployment goes on, but what was asked for has no meaning now. */
export class NotNow extends Error {
  override readonly name = "NotNow";
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

/**
 * Gives the candidate all traffic, whatever its analysis says so far.
 *
 * @throws {NotNow} for a deployment that is no canary, or whose rollout does not go on
 */
export function promote(id: string, by: string, world: World): Promise<void> {
  return steer(id, { kind: "promoted", by }, by, world, mayPromote);
}

/**
 * What holds this deployment up holds it no longer: the freeze that it waits for, or else the capacity guard.
 *
 * @throws {NotNow} on the way back, which nothing holds
 */
export function override(id: string, by: string, reason: string, world: World): Promise<void> {
  const event = ({ frozen }: Deployment): DeploymentEvent =>
    frozen === undefined ? { kind: "overridden", by, reason } : { kind: "freeze-passed", by, reason };
  return steer(id, event, by, world, mayOverride);
}

/**
 * Ends what only watches: the watch of the new release, and the time for which the old one stays warm.
 *
 * @throws {NotNow} as long as the rollout goes on
 */
export function endWatch(id: string, by: string, world: World): Promise<void> {
  return steer(id, { kind: "watch-ended", by }, by, world, mayEndWatch);
}

function mayPromote(deployment: Deployment): string | undefined {
  const { rollout, rollBack, aborted, epoch } = deployment;
  const strategy = rollout?.targets[0].target.strategy.kind ?? deployment.prepare?.target.strategy.kind;
  if (strategy !== "canary") return `it is no canary (its strategy is ${strategy ?? "not known yet"})`;
  if (rollBack !== undefined || aborted !== undefined) return "it is on the way back";
  if (epoch === undefined) return "its rollout has not begun";
  return onlyWatches(deployment) ? "the candidate has all traffic already" : undefined;
}

function mayOverride({ rollBack, aborted }: Deployment): string | undefined {
  return rollBack !== undefined || aborted !== undefined ? "it is on the way back, which nothing holds" : undefined;
}

function mayEndWatch(deployment: Deployment): string | undefined {
  return onlyWatches(deployment) ? undefined : "it does not only watch: its rollout is not done";
}

async function steer(
  id: string,
  what: DeploymentEvent | ((deployment: Deployment) => DeploymentEvent),
  by: string,
  world: World,
  objection: (deployment: Deployment) => string | undefined = () => undefined,
): Promise<void> {
  const journal = await Journal.open(world, id);
  const { service, environment } = journal.deployment.request;
  for (;;) {
    const { deployment } = journal;
    if (finalStates.has(deployment.state))
      throw new AlreadyFinished(`the deployment has ended already: ${deployment.state}`);
    const why = objection(deployment);
    if (why !== undefined) throw new NotNow(`nothing was changed: ${why}`);
    const event = typeof what === "function" ? what(deployment) : what;
    const after = apply(deployment, { sequence: deployment.sequence + 1, at: world.clock.now(), event });
    const reason = "reason" in event ? { reason: event.reason } : {};
    const detail = { deployment: id, ...reason, before: deployment.state, after: after.state };
    // What pauses before its rollout keeps nobody else from theirs.
    const idle = event.kind === "pause-requested" && deployment.epoch === undefined;
    const releaseLocksOf = idle ? [id] : [];
    const along = {
      releaseLocksOf,
      audit: [{ actor: by, action: event.kind, object: `${service}@${environment}`, detail }],
    };
    if (await journal.decide([event], along)) break;
  }
  world.queue.wake(id);
}
