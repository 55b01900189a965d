/** What the steps of a rollout do to the rotation: who leaves it, who comes back. */
import type { Deployment, Progress } from "./deployment.ts";
import type { RolloutPlan } from "./plan.ts";
import type { Step } from "./step.ts";

export type RolloutTrack = "rollout" | "roll-back";

export function planOf(deployment: Deployment, track: RolloutTrack): RolloutPlan | undefined {
  return track === "rollout" ? deployment.rollout : deployment.rollBack;
}

/** Whether the step takes hosts out of rotation that may be in it. */
export function takesOut(step: Step): boolean {
  if (step.kind === "drain") return step.replaced !== true;
  return step.kind === "activate-release" && step.beside !== true;
}

/**
 * Hosts that can't be counted on now, as far as the journal knows: drained and not back yet, in activation, broken,
 * in an unknown state, or left behind.
 */
export function hostsOut(deployment: Deployment): ReadonlySet<string> {
  const out = new Set(deployment.leftBehind);
  for (const track of ["rollout", "roll-back"] as const) {
    const steps = planOf(deployment, track)?.steps ?? [];
    const comeBack = new Set(steps.flatMap((step) => (step.kind === "readmit" ? step.hosts : [])));
    for (const [index, step] of steps.entries()) {
      for (const [host, progress] of deployment.progress[track].get(index) ?? []) {
        const effect = effectOf(step, progress, comeBack.has(host));
        if (effect === "leaves") out.add(host);
        if (effect === "returns") out.delete(host);
      }
    }
  }
  return out;
}

/** @param isReadmitted whether a later step puts the host back, so that an activation alone does not */
function effectOf(
  step: Step,
  { outcome, mayHaveRun }: Progress,
  isReadmitted: boolean,
): "leaves" | "returns" | undefined {
  const kind = outcome?.kind;
  if (step.kind === "readmit") return kind === "done" ? "returns" : undefined;
  if (!takesOut(step) || kind === "failed" || (kind === "unreachable" && !mayHaveRun)) return undefined;
  if (step.kind === "drain" || kind === undefined || kind === "unknown" || kind === "broken") return "leaves";
  return isReadmitted ? undefined : "returns";
}

/** Hosts that a drain took out of rotation, or may have, and that are not back. */
export function drainedHosts(deployment: Deployment, track: RolloutTrack): ReadonlySet<string> {
  return outBy(deployment, [track], ({ outcome, mayHaveRun }) => {
    return outcome?.kind !== "failed" && (outcome?.kind !== "unreachable" || mayHaveRun);
  });
}

/** Hosts of which is known that no user is on them: each drain ended well, and nobody began to put them back. */
export function surelyDrained(deployment: Deployment): ReadonlySet<string> {
  return outBy(deployment, ["rollout", "roll-back"], ({ outcome }) => outcome?.kind === "done", "as soon as it began");
}

function outBy(
  deployment: Deployment,
  tracks: readonly RolloutTrack[],
  counts: (drain: Progress) => boolean,
  isBack: "when it is done" | "as soon as it began" = "when it is done",
): ReadonlySet<string> {
  const out = new Set<string>();
  for (const track of tracks) {
    for (const [index, step] of (planOf(deployment, track)?.steps ?? []).entries()) {
      for (const [host, progress] of deployment.progress[track].get(index) ?? []) {
        if (step.kind === "drain" && takesOut(step) && counts(progress)) out.add(host);
        const returns = isBack === "as soon as it began" || progress.outcome?.kind === "done";
        if (step.kind === "readmit" && returns) out.delete(host);
      }
    }
  }
  return out;
}
