/** How many hosts carry the load now, and how many of them may be taken out of rotation. */
import { activations, behind } from "./activations.ts";
import type { Deployment, Track } from "./deployment.ts";
import { targetOf } from "./deployment.ts";
import { hostsOut } from "./rotation.ts";

/** How many more hosts may go out of rotation without falling below the floor. */
export function room(deployment: Deployment, out: ReadonlySet<string> = hostsOut(deployment)): number {
  const { hosts, limits } = targetOf(deployment);
  return hosts.length - limits.floor - out.size;
}

/**
 * The hosts of a batch that may be activated now; those that are out of rotation anyway cost nothing.
 *
 * A roll-back may always take one: dead hosts must not keep a fleet from going back to what worked.
 */
export function allowedNow(deployment: Deployment, track: Track, batch: readonly string[]): readonly string[] {
  const out = hostsOut(deployment);
  const most = Math.max(room(deployment, out), track === "roll-back" ? 1 : 0);
  const inRotation = batch.filter((host) => !out.has(host));
  return [...batch.filter((host) => out.has(host)), ...inRotation.slice(0, most)];
}

/** Whether the rollout may go on without these hosts: they are untouched, within the tolerance, and the floor holds. */
export function mayLeaveBehind(deployment: Deployment, hosts: readonly string[]): boolean {
  const target = targetOf(deployment);
  const left = new Set([...deployment.leftBehind, ...hosts]);
  if (left.size > target.limits.tolerate || left.size >= target.hosts.length) return false;

  const activated = activations(deployment, "rollout");
  const isUntouched = (host: string): boolean =>
    (activated.get(host)?.outcome?.kind ?? "unreachable") === "unreachable";
  if (!hosts.every((host) => target.hosts.includes(host) && isUntouched(host))) return false;

  const othersToGo = behind(deployment).some((host) => !left.has(host));
  return room(deployment, new Set([...hostsOut(deployment), ...hosts])) >= (othersToGo ? 1 : 0);
}
