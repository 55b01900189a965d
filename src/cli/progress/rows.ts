/** The rows of a deployment's progress: a step each while it is prepared, a batch each while it is rolled out or back. */
import type { Deployment, Track } from "../../core/deployment.ts";
import type { Step } from "../../core/step.ts";
import { isWork } from "../../core/step.ts";
import { currentWait } from "../../core/waits.ts";
import type { HostState } from "./hosts.ts";
import { badMarks, hostState } from "./hosts.ts";
import { planOf, stepWords } from "./step-words.ts";

export interface Row {
  /** A `wait` has no hosts: time passes. */
  readonly kind: "step" | "batch" | "wait";
  readonly title: string;
  readonly hosts: readonly HostState[];
  /** `soaking` has its end in `soak`. */
  readonly state: "waiting" | "running" | "soaking" | "done" | "bad";
  readonly soak?: Soak;
}

/** The wait that goes on. */
export interface Soak {
  readonly kind: "soak" | "compare" | "watch" | "warm";
  readonly until: number;
  /** While an analysis is not clear. */
  readonly latest: number;
}

/** The track that is in effect. */
export function trackOf(deployment: Deployment): Track {
  if (deployment.rollBack !== undefined) return "roll-back";
  return deployment.epoch === undefined ? "prepare" : "rollout";
}

export function rowsOf(deployment: Deployment): readonly Row[] {
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
    return rowOf(deployment, track, { kind, steps, title, soak });
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

/** What is done before an activation for its sake. */
const before: ReadonlySet<string> = new Set(["drain", "before-activate"]);
/** What is done after it. */
const after: ReadonlySet<string> = new Set(["smoke-test", "readmit", "after-activate"]);

/**
 * An activation with what is done around it on the same hosts is one batch; a soak or a comparison belongs to what it
 * follows; all else stands for itself.
 */
function batchGroups(steps: readonly Step[]): readonly Group[] {
  const groups: { kind: Row["kind"]; steps: number[]; soak?: number }[] = [];
  let first: number[] = [];
  for (const [index, step] of steps.entries()) {
    const last = groups.at(-1);
    const what = step.kind === "run-hook" ? step.at : step.kind;
    const isNext = first.length === 0 && last !== undefined && last.soak === undefined;
    if (what === "activate-release") {
      groups.push({ kind: "batch", steps: [...first, index] });
      first = [];
    } else if (before.has(what)) first.push(index);
    else if (after.has(what) && isNext && last.kind === "batch") last.steps.push(index);
    else if (isSoak(step) && isNext && last.kind !== "wait") last.soak = index;
    else {
      groups.push(...first.map((one) => ({ kind: "step" as const, steps: [one] })));
      first = [];
      groups.push({ kind: isWork(step) ? "step" : "wait", steps: [index] });
    }
  }
  return [...groups, ...first.map((one) => ({ kind: "step" as const, steps: [one] }))];
}

function isSoak(step: Step): boolean {
  return step.kind === "soak" || (step.kind === "analyse" && step.during === "soak");
}

function rowOf(
  deployment: Deployment,
  track: Track,
  { kind, steps, title, soak: soakStep }: Group & { readonly title: string },
): Row {
  const names = namesIn(deployment, track, kind, steps);
  const hosts = names.map((host) => hostState(deployment, track, steps, host));
  const wait = kind === "wait" ? steps[0] : soakStep;
  const soak = wait === undefined ? undefined : soakOf(deployment, track, wait);
  if (soak !== undefined) return { kind, title, hosts, state: "soaking", soak };
  if (kind !== "wait") return { kind, title, hosts, state: stateOf(hosts) };
  return { kind, title, hosts, state: deployment.progress[track].has(wait!) ? "done" : "waiting" };
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

function soakOf(deployment: Deployment, track: Track, index: number): Soak | undefined {
  const wait = track === "rollout" ? currentWait(deployment) : undefined;
  if (wait?.index !== index) return undefined;
  const { step, begunAt } = wait;
  const until = begunAt + step.seconds * 1000;
  if (step.kind !== "analyse") return { kind: step.kind === "soak" ? "soak" : "warm", until, latest: until };
  const latest = Math.max(until, begunAt + step.longestSeconds * 1000);
  return { kind: step.during === "watch" ? "watch" : "compare", until, latest };
}
