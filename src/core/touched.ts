/** What a rollout has done to hosts and traffic so far, as far as the journal knows: what a way back has to undo. */
import { activations } from "./activations.ts";
import type { Deployment, Progress } from "./deployment.ts";
import { takesOut } from "./rotation.ts";
import type { RolloutStep } from "./step.ts";

export interface Touched {
  /** Hosts whose copy was exchanged and serves, batch by batch, in the order of the rollout. */
  readonly exchanged: readonly (readonly string[])[];
  /** Hosts whose copy was to be exchanged, and that serve nothing anybody can count on. */
  readonly broken: readonly string[];
  /** Hosts that left the rotation and still have what they had before. */
  readonly drained: readonly string[];
  /** Hosts with a copy beside the one that served. */
  readonly beside: readonly string[];
  /** Hosts whose old copy was stopped. */
  readonly retired: readonly string[];
  /** Requests may have gone to the candidate's side. */
  readonly isShared: boolean;
  /** The candidate's side is the active one. Where nobody knows, users are taken off it at once. */
  readonly isSwitched: boolean;
}

export function touchedBy(deployment: Deployment): Touched {
  const { steps, targets } = deployment.rollout!;
  const { before, goal, sides } = targets[0];
  const progress = (index: number): readonly (readonly [string, Progress])[] => [
    ...(deployment.progress.rollout.get(index) ?? []),
  ];
  const exchanged: string[][] = [];
  const broken: string[] = [];
  for (const [index, step] of steps.entries()) {
    if (step.kind !== "activate-release" || !takesOut(step)) continue;
    const batch: string[] = [];
    for (const [host, { outcome }] of progress(index)) {
      if (outcome === undefined || outcome.kind === "unknown" || outcome.kind === "broken") broken.push(host);
      else if (outcome.kind === "done" && outcome.changed && before[host] !== goal[host]) batch.push(host);
    }
    if (batch.length > 0) exchanged.push(batch);
  }
  const begunOn = (
    wanted: (step: RolloutStep) => boolean,
    counts: (at: Progress) => boolean = mayHaveBegun,
  ): readonly string[] => [
    ...new Set(
      [...steps.entries()].flatMap(([index, step]) =>
        wanted(step) ? progress(index).flatMap(([host, at]) => (counts(at) ? [host] : [])) : [],
      ),
    ),
  ];
  const others = new Set([...broken, ...exchanged.flat()]);
  return {
    exchanged,
    broken,
    drained: begunOn((step) => step.kind === "drain" && step.side === (sides?.baseline ?? step.side)).filter(
      (host) => !others.has(host) && !isBack(deployment, host),
    ),
    beside: begunOn((step) => step.kind === "activate-release" && step.beside === true, mayHaveHappened),
    retired: begunOn(({ kind }) => kind === "retire-slot"),
    isShared: begunOn(sendsUsers, () => true).length > 0,
    isSwitched:
      begunOn(
        ({ kind }) => kind === "switch-side",
        ({ outcome }) => outcome?.kind === "done",
      ).length > 0,
  };
}

/** Whether any host or any request may be served differently now, or was for a moment, because of the rollout. */
export function isAnyTouched(deployment: Deployment): boolean {
  const { drained, beside, retired, isShared } = touchedBy(deployment);
  if (isShared || drained.length + beside.length + retired.length > 0) return true;
  return [...activations(deployment, "rollout").values()].some(({ outcome }) => {
    if (outcome?.kind === "done") return outcome.changed;
    return outcome?.kind !== "unreachable" && outcome?.kind !== "failed";
  });
}

/** Whether the last that was done to the host's place in the rotation was to put it back on the side it came from. */
function isBack({ rollout, progress }: Deployment, host: string): boolean {
  const { steps, targets } = rollout!;
  const last = steps.findLast(
    (step, index) =>
      ((step.kind === "drain" && step.side === targets[0].sides?.baseline) || step.kind === "readmit") &&
      (progress.rollout.get(index)?.has(host) ?? false),
  );
  if (last?.kind !== "readmit") return false;
  return (
    last.side === targets[0].sides?.baseline &&
    progress.rollout.get(steps.indexOf(last))!.get(host)!.outcome?.kind === "done"
  );
}

/** To the candidate's side; to take a share away sends nobody anywhere. */
function sendsUsers(step: RolloutStep): boolean {
  return step.kind === "switch-side" || (step.kind === "set-share" && step.share > 0);
}

/** An activation that came to nothing leaves the slot as it was. */
function mayHaveHappened(progress: Progress): boolean {
  const kind = progress.outcome?.kind;
  return progress.mayHaveRun || (mayHaveBegun(progress) && kind !== "failed" && kind !== "reverted");
}

/** What is changed on proxies may be changed there although the step failed: it may have failed after that. */
function mayHaveBegun({ outcome, mayHaveRun }: Progress): boolean {
  return mayHaveRun || outcome?.kind !== "unreachable";
}
