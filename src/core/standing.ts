/** Where one step stands on its hosts: what can be done now, what has to wait, and what failed. */
import type { Deployment, Progress, Track } from "./deployment.ts";
import { targetOf } from "./deployment.ts";
import type { Outcome } from "./outcome.ts";
import { isSettled } from "./outcome.ts";
import type { Step } from "./step.ts";
import { isBestEffort, isWork, needsEveryHost } from "./step.ts";

export type HostOutcome = readonly [host: string, outcome: Outcome];

export interface Standing {
  /** Begun there, and nobody wrote down how it ended: that is found out before anything else happens. */
  readonly open: readonly string[];
  /** The step may have run there, the host could not tell, and it is time to ask it again. */
  readonly unknown: readonly string[];
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

/** @param among of the step's hosts only these */
export function standing(
  deployment: Deployment,
  track: Track,
  index: number,
  now: number,
  among?: ReadonlySet<string>,
): Standing {
  const step = stepOf(deployment, track, index);
  const progress = deployment.progress[track].get(index);
  const patientUntil = endOfPatience(deployment, track, step);
  const taking = takingPart(deployment, step).filter((host) => among?.has(host) !== false || !isHost(host));
  const hosts = taking.map((host) => {
    const at = progress?.get(host);
    return { host, at, position: positionOf(at, now, patientUntil) };
  });

  const namesIn = (position: Position): string[] =>
    hosts.filter((one) => one.position === position).map(({ host }) => host);
  const outcomesOf = (those: typeof hosts): HostOutcome[] => those.map(({ host, at }) => [host, at!.outcome!]);
  const waiting = hosts.flatMap(({ at, position }) => (position === "waiting" ? askAgainAt(at!) : []));
  return {
    open: namesIn("open"),
    unknown: namesIn("unknown"),
    ready: namesIn("ready"),
    failed: outcomesOf(hosts.filter(({ position }) => position === "failed")),
    absent: outcomesOf(hosts.filter(({ at }) => at?.outcome?.kind === "unreachable" && isAskedEnough(at))),
    lost: outcomesOf(hosts.filter(({ position }) => position === "lost")),
    ...(waiting.length > 0 ? { retryAt: Math.min(...waiting) } : {}),
  };
}

/** Work on the server or on the proxies is done for all hosts together. */
function isHost(place: string): boolean {
  return !place.startsWith("@");
}

type Position = "ready" | "open" | "unknown" | "waiting" | "done" | "failed" | "lost";

function positionOf(at: Progress | undefined, now: number, patientUntil: number): Position {
  if (at === undefined) return "ready";
  const { outcome } = at;
  if (outcome === undefined) return "open";
  if (outcome.kind === "done") return "done";
  if (isSettled(outcome)) return "failed";
  if (isPermanent(outcome) || (isAskedEnough(at) && now >= patientUntil)) return "lost";
  if (now < askAgainAt(at)) return "waiting";
  return outcome.kind === "unknown" ? "unknown" : "ready";
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

function isAskedEnough({ outcome, tries }: Progress): boolean {
  return tries >= triesBeforeAbsent || (outcome !== undefined && isPermanent(outcome));
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
