/** Where one step stands on its hosts: what can be done now, what has to wait, and what failed. */
import type { Deployment, Progress, Track } from "./deployment.ts";
import { targetOf } from "./deployment.ts";
import type { Outcome } from "./outcome.ts";
import { isSettled } from "./outcome.ts";
import type { Step } from "./step.ts";
import { isBestEffort, isWork, needsEveryHost } from "./step.ts";

export type HostOutcome = readonly [host: string, outcome: Outcome];

export interface Standing {
  /** The step may have run there and the answer is missing: it is fetched before anything new begins. */
  readonly open: readonly string[];
  /** Surely not begun there, and nothing speaks against beginning now. */
  readonly ready: readonly string[];
  readonly failed: readonly HostOutcome[];
  /** Surely not begun there, and asked in vain so often that the host may be left behind. */
  readonly absent: readonly HostOutcome[];
  /** Asked in vain until there was no more time. */
  readonly lost: readonly HostOutcome[];
  /** When the next host may be asked again; only where some host has to wait. */
  readonly retryAt?: number;
}

const triesBeforeAbsent = 4;
const firstRetrySeconds = 1;
const longestRetrySeconds = 15;

export function standing(deployment: Deployment, track: Track, index: number, now: number): Standing {
  const step = stepOf(deployment, track, index);
  const progress = deployment.progress[track].get(index);
  const patientUntil = endOfPatience(deployment, track, step);
  const here = {
    open: [] as string[],
    ready: [] as string[],
    failed: [] as HostOutcome[],
    absent: [] as HostOutcome[],
    lost: [] as HostOutcome[],
  };
  let retryAt = Number.POSITIVE_INFINITY;

  for (const host of takingPart(deployment, step)) {
    const at = progress?.get(host);
    if (at === undefined) here.ready.push(host);
    else if (at.outcome === undefined) here.open.push(host);
    else if (at.outcome.kind === "done") continue;
    else if (isSettled(at.outcome)) here.failed.push([host, at.outcome]);
    else {
      const isUnknown = at.outcome.kind === "unknown";
      const isAbsent = isPermanent(at.outcome) || at.tries >= triesBeforeAbsent;
      if (isAbsent && !(isUnknown && track !== "prepare")) here.absent.push([host, at.outcome]);

      if (isPermanent(at.outcome) || (isAbsent && now >= patientUntil)) here.lost.push([host, at.outcome]);
      else if (now < askAgainAt(at)) retryAt = Math.min(retryAt, askAgainAt(at));
      else (isUnknown ? here.open : here.ready).push(host);
    }
  }
  return { ...here, ...(Number.isFinite(retryAt) ? { retryAt } : {}) };
}

/** Hosts that were left behind take no part any more, except in what has to be done at exactly that place. */
function takingPart(deployment: Deployment, step: Step): readonly string[] {
  if (!isWork(step)) return [];
  return needsEveryHost(step) ? step.hosts : step.hosts.filter((host) => !deployment.leftBehind.includes(host));
}

/** Only what may have changed something that serves is worth holding up everybody for. */
function endOfPatience(deployment: Deployment, track: Track, step: Step): number {
  if (track === "prepare" || isBestEffort(step)) return 0;
  return deployment.progressAt + targetOf(deployment).limits.progressSeconds * 1000;
}

function isPermanent(outcome: Outcome): boolean {
  return outcome.kind === "unreachable" && outcome.permanent;
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
