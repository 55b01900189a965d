/** Where each host stands in a deployment, from its journal alone. */
import type { Deployment, Progress, Track } from "../../core/deployment.ts";
import type { Outcome } from "../../core/outcome.ts";
import { isWork } from "../../core/step.ts";
import { planOf } from "./step-words.ts";

export type HostMark =
  | "waiting"
  | "running"
  | "done"
  | "failed"
  | "reverted"
  | "broken"
  | "unknown"
  | "unreachable"
  | "left behind";

export interface HostState {
  readonly host: string;
  readonly mark: HostMark;
  /** The step that is running, or that went wrong. */
  readonly step?: number;
  readonly since?: number;
  readonly message?: string;
}

export const badMarks: ReadonlySet<HostMark> = new Set([
  "failed",
  "reverted",
  "broken",
  "unknown",
  "unreachable",
  "left behind",
]);

/** How a host is doing in some steps of a track, by the last of them that was begun there. */
export function hostState(deployment: Deployment, track: Track, steps: readonly number[], host: string): HostState {
  const begun = steps.flatMap((step) => {
    const progress = deployment.progress[track].get(step)?.get(host);
    return progress === undefined ? [] : [{ step, progress }];
  });
  const bad = begun.find(({ progress }) => progress.outcome !== undefined && progress.outcome.kind !== "done");
  const last = bad ?? begun.at(-1);
  if (deployment.leftBehind.includes(host) && last?.progress.outcome?.kind !== "done") {
    const message = messageOf(last?.progress.outcome);
    return { host, mark: "left behind", ...(message === undefined ? {} : { message }) };
  }
  if (last === undefined) return { host, mark: "waiting" };
  const { step, progress } = last;
  if (progress.outcome === undefined) return { host, mark: "running", step, since: progress.startedAt };
  if (progress.outcome.kind !== "done") {
    return { host, mark: progress.outcome.kind, step, message: progress.outcome.message };
  }
  const isLast = planned(deployment, track, steps, host).at(-1) === step;
  return { host, mark: isLast ? "done" : "running", step, ...(isLast ? {} : { since: progress.startedAt }) };
}

function planned(deployment: Deployment, track: Track, steps: readonly number[], host: string): readonly number[] {
  const plan = planOf(deployment, track)!;
  return steps.filter((index) => {
    const step = plan.steps[index]!;
    return isWork(step) && (step.hosts as readonly string[]).includes(host);
  });
}

function messageOf(outcome: Outcome | undefined): string | undefined {
  return outcome === undefined || outcome.kind === "done" ? undefined : outcome.message;
}

/** Every progress of every step, for questions about the whole. */
export function everyProgress({ progress }: Deployment, track: Track): readonly Progress[] {
  return [...progress[track].values()].flatMap((hosts) => [...hosts.values()]);
}

/** Whether no host is being changed at this moment. */
export function isQuiet(deployment: Deployment): boolean {
  return (["rollout", "roll-back"] as const).every((track) =>
    [...deployment.progress[track].values()].every((hosts) =>
      [...hosts].every(([host, { outcome }]) => host === "" || outcome !== undefined),
    ),
  );
}
