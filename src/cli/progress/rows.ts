/** The rows of a deployment's progress: a step each while it is prepared, a batch each while it is rolled out or back. */
import type { Deployment, Track } from "../../core/deployment.ts";
import type { Step } from "../../core/step.ts";
import { isWork } from "../../core/step.ts";
import type { HostState } from "./hosts.ts";
import { badMarks, hostState } from "./hosts.ts";
import { planOf, stepWords } from "./step-words.ts";

export interface Row {
  readonly kind: "step" | "batch";
  readonly title: string;
  readonly hosts: readonly HostState[];
  /** `soaking` has its end in `soakUntil`. */
  readonly state: "waiting" | "running" | "soaking" | "done" | "bad";
  readonly soakUntil?: number;
}

/** The track that is in effect. */
export function trackOf(deployment: Deployment): Track {
  if (deployment.rollBack !== undefined) return "roll-back";
  return deployment.epoch === undefined ? "prepare" : "rollout";
}

export function rowsOf(deployment: Deployment, now: number): readonly Row[] {
  const track = trackOf(deployment);
  const plan = planOf(deployment, track);
  if (plan === undefined) return [];
  const groups = track === "prepare" ? stepGroups(plan.steps) : batchGroups(plan.steps);
  const word = track === "roll-back" ? "back" : "batch";
  const batches = groups.filter(({ kind }) => kind === "batch").length;
  let batch = 0;
  const rows = groups.map(({ kind, steps, soak }) => {
    if (kind === "batch") batch += 1;
    const title = kind === "batch" ? `${word} ${batch}/${batches}` : stepWords(deployment, track, steps[0]!);
    return rowOf(deployment, track, { kind, steps, title, soak }, now);
  });
  return rows.filter((row, index) => !isTidyingUp(plan.steps[groups[index]!.steps[0]!]!, row));
}

/** Tidying up is worth a line while it goes on, or when it fails. */
function isTidyingUp({ kind }: Step, { state }: Row): boolean {
  return kind === "prune-releases" && (state === "waiting" || state === "done");
}

interface Group {
  readonly kind: Row["kind"];
  readonly steps: readonly number[];
  readonly soak?: number | undefined;
}

function stepGroups(steps: readonly Step[]): readonly Group[] {
  return steps.map((_, index) => ({ kind: "step", steps: [index] }));
}

/** An activation with the hooks around it and the soak after it is one batch; all else stands for itself. */
function batchGroups(steps: readonly Step[]): readonly Group[] {
  const groups: { kind: Row["kind"]; steps: number[]; soak?: number }[] = [];
  let before: number[] = [];
  for (const [index, step] of steps.entries()) {
    const last = groups.at(-1);
    if (step.kind === "activate-release") {
      groups.push({ kind: "batch", steps: [...before, index] });
      before = [];
    } else if (step.kind === "run-hook" && step.at === "before-activate") before.push(index);
    else if (step.kind === "run-hook" && step.at === "after-activate" && last?.kind === "batch") last.steps.push(index);
    else if (step.kind === "soak" && last?.kind === "batch") last.soak = index;
    else groups.push({ kind: "step", steps: [index] });
  }
  return groups;
}

function rowOf(
  deployment: Deployment,
  track: Track,
  { kind, steps, title, soak }: Group & { readonly title: string },
  now: number,
): Row {
  const names = namesIn(deployment, track, kind, steps);
  const hosts = names.map((host) => hostState(deployment, track, steps, host));
  const soakUntil = soak === undefined ? undefined : soakEnd(deployment, track, soak);
  const isSoaking = soakUntil !== undefined && soakUntil > now;
  return {
    kind,
    title,
    hosts,
    state: isSoaking ? "soaking" : stateOf(hosts),
    ...(soakUntil === undefined ? {} : { soakUntil }),
  };
}

function namesIn(deployment: Deployment, track: Track, kind: Row["kind"], steps: readonly number[]): readonly string[] {
  const all = planOf(deployment, track)!.steps;
  const own = steps.map((index) => all[index]!).filter(isWork);
  // A hook that runs once, on some other host, does not make that host part of the batch.
  const counted = kind === "batch" ? own.filter((step) => step.kind === "activate-release") : own;
  return counted.flatMap((step) => step.hosts as readonly string[]);
}

function stateOf(hosts: readonly HostState[]): Row["state"] {
  if (hosts.some(({ mark }) => badMarks.has(mark) && mark !== "left behind")) return "bad";
  if (hosts.every(({ mark }) => mark === "done" || mark === "left behind")) return "done";
  return hosts.every(({ mark }) => mark === "waiting" || mark === "left behind") ? "waiting" : "running";
}

function soakEnd(deployment: Deployment, track: Track, index: number): number | undefined {
  const step = planOf(deployment, track)!.steps[index];
  const begun = deployment.progress[track].get(index)?.get("");
  return step?.kind === "soak" && begun !== undefined ? begun.startedAt + step.seconds * 1000 : undefined;
}
