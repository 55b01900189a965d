/** Where one step stands on its hosts: what can be done now, what has to wait, and what is lost. */
import type { Deployment, Progress, Track } from "./deployment.ts";
import type { Outcome } from "./outcome.ts";
import type { Step } from "./step.ts";
import { isWork } from "./step.ts";

export interface Standing {
  /** Hosts on which the step may be begun, or taken up again, now. */
  readonly ready: readonly string[];
  /** Those of all hosts on which it was begun. */
  readonly begun: ReadonlySet<string>;
  readonly failed: readonly (readonly [host: string, outcome: Outcome])[];
  /** Hosts that could not be reached for so long that they count as lost. */
  readonly lost: readonly (readonly [host: string, outcome: Outcome])[];
  /** When the next host may be asked again; only where some host has to wait. */
  readonly retryAt?: number;
}

/** Before the rollout a host is asked this often; there is no need to hold up everybody for longer. */
const triesBeforeRollout = 4;
const firstRetrySeconds = 1;
const longestRetrySeconds = 15;

/** Where a step stands. Hosts that the plan tolerates to be left behind are not part of it any more. */
export function standing(deployment: Deployment, track: Track, index: number, now: number): Standing {
  const step = stepOf(deployment, track, index);
  const progress = deployment.progress[track].get(index);
  const ready: string[] = [];
  const failed: [string, Outcome][] = [];
  const lost: [string, Outcome][] = [];
  let retryAt: number | undefined;

  for (const host of isWork(step) ? step.hosts : []) {
    if (isLeftBehind(deployment, track, index, host)) continue;
    const at = progress?.get(host);
    if (at?.outcome === undefined) ready.push(host);
    else if (at.outcome.kind === "done") continue;
    else if (at.outcome.kind !== "unreachable" && at.outcome.kind !== "unknown") failed.push([host, at.outcome]);
    else if (isLost(deployment, track, at, now)) lost.push([host, at.outcome]);
    else if (now >= askAgainAt(at)) ready.push(host);
    else retryAt = Math.min(retryAt ?? Number.POSITIVE_INFINITY, askAgainAt(at));
  }
  return { ready, begun: new Set(progress?.keys()), failed, lost, ...(retryAt === undefined ? {} : { retryAt }) };
}

/** A host that was lost in an earlier step of the preparation, within the tolerance, takes no part in later ones. */
function isLeftBehind(deployment: Deployment, track: Track, index: number, host: string): boolean {
  const steps = track === "prepare" ? index : Number.POSITIVE_INFINITY;
  for (const [step, hosts] of deployment.progress.prepare) {
    if (step >= steps) continue;
    const kind = hosts.get(host)?.outcome?.kind;
    if (kind === "unreachable" || kind === "unknown") return true;
  }
  return track !== "roll-back" && isSkipped(deployment, track, index, host);
}

/** In the rollout a host that was surely not touched may be skipped, as long as the tolerance lasts. */
function isSkipped(deployment: Deployment, track: Track, index: number, host: string): boolean {
  if (track !== "rollout") return false;
  return (
    skippedHosts(deployment).has(host) && deployment.progress.rollout.get(index)?.get(host)?.outcome?.kind !== "done"
  );
}

/** Hosts of the rollout that were given up before their activation began, first come first skipped. */
export function skippedHosts(deployment: Deployment): ReadonlySet<string> {
  const tolerate = deployment.prepare?.target.limits.tolerate ?? 0;
  const skipped = new Set<string>();
  for (const hosts of [...deployment.progress.prepare.values(), ...deployment.progress.rollout.values()]) {
    for (const [host, { outcome, tries }] of hosts) {
      const givenUp = outcome?.kind === "unreachable" && (outcome.permanent || tries >= triesBeforeRollout);
      if (givenUp && skipped.size < tolerate) skipped.add(host);
    }
  }
  return skipped;
}

function isLost(deployment: Deployment, track: Track, at: Progress, now: number): boolean {
  if (at.outcome?.kind === "unreachable" && at.outcome.permanent) return true;
  if (track === "prepare") return at.tries >= triesBeforeRollout;
  const limits = deployment.rollout!.targets[0].target.limits;
  return now >= deployment.progressAt + limits.progressSeconds * 1000;
}

/** Doubling pauses between tries. */
function askAgainAt({ endedAt, startedAt, tries }: Progress): number {
  const seconds = Math.min(firstRetrySeconds * 2 ** (tries - 1), longestRetrySeconds);
  return (endedAt ?? startedAt) + seconds * 1000;
}

export function stepOf(deployment: Deployment, track: Track, index: number): Step {
  const plan = { prepare: deployment.prepare, rollout: deployment.rollout, "roll-back": deployment.rollBack }[track];
  const step = plan?.steps[index];
  if (step === undefined) throw new Error(`${deployment.id} has no step ${index} in its ${track} plan`);
  return step;
}
