/** What the activations of a deployment did to its hosts, as far as the journal knows. */
import type { Deployment, Progress } from "./deployment.ts";
import { targetOf } from "./deployment.ts";

/** Each host whose activation was begun, with how far it is. */
export function activations(deployment: Deployment, track: "rollout" | "roll-back"): ReadonlyMap<string, Progress> {
  const plan = track === "rollout" ? deployment.rollout : deployment.rollBack;
  const steps = [...(plan?.steps ?? []).entries()].filter(([, step]) => step.kind === "activate-release");
  return new Map(steps.flatMap(([index]) => [...(deployment.progress[track].get(index) ?? [])]));
}

/** Hosts that the rollout was to bring to its goal and has not. On an idle side nobody waits for a host. */
export function behind(deployment: Deployment): readonly string[] {
  const activated = activations(deployment, "rollout");
  const goal = deployment.rollout?.targets[0].goal ?? {};
  const { hosts } = targetOf(deployment);
  const meant = hosts.filter((host) => host in goal || deployment.leftBehind.includes(host));
  if (!isSwitched(deployment)) return meant;
  return meant.filter((host) => activated.get(host)?.outcome?.kind !== "done");
}

/** Where users are switched over, no host is at its goal before. */
function isSwitched({ rollout, progress }: Deployment): boolean {
  const index = rollout?.steps.findIndex(({ kind }) => kind === "switch-side") ?? -1;
  if (index === -1) return true;
  return isDoneSomewhere(progress.rollout.get(index));
}

/** Hosts that the roll-back has not brought back: all of them, as long as users have not been switched back. */
export function notBroughtBack(deployment: Deployment): readonly string[] {
  const { rollout, rollBack, progress, leftBehind } = deployment;
  const back = rollBack?.steps.findLastIndex(({ kind }) => kind === "switch-side") ?? -1;
  const isBack = back === -1 || isDoneSomewhere(progress["roll-back"].get(back));
  if (!isBack) return [...new Set([...Object.keys(rollout?.targets[0].goal ?? {}), ...leftBehind])];
  const broughtBack = activations(deployment, "roll-back");
  const planned = Object.keys(rollBack?.targets[0].goal ?? {});
  return planned.filter((host) => broughtBack.get(host)?.outcome?.kind !== "done");
}

function isDoneSomewhere(places: ReadonlyMap<string, Progress> | undefined): boolean {
  return [...(places?.values() ?? [])].some(({ outcome }) => outcome?.kind === "done");
}
