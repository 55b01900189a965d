/**
 * A deployment is its journal: events that are only ever appended, folded into the state that decisions need.
 *
 * `apply` is the only way to change a `Deployment`. It never decides; `nextMove` does, and only from what is here.
 */
import type { HostFacts } from "./host-facts.ts";
import type { Outcome } from "./outcome.ts";
import type { PreparePlan, RolloutPlan } from "./plan.ts";
import type { Artifact, Release } from "./release.ts";
import type { Target } from "./service.ts";
import { dependsOnHosts } from "./step.ts";

/** Why there is a deployment, and who asked for it. */
export interface Request {
  readonly kind: "deploy" | "roll-back" | "restart";
  readonly service: string;
  readonly environment: string;
  /** A login, a token's name, or `local:<user>`. */
  readonly by: string;
  readonly reason?: string;
  /** The digest of the only rollout plan that may run. */
  readonly plan?: string;
  /** Only these hosts of the service; missing: all of them. */
  readonly hosts?: readonly string[];
}

/** The three lists of steps a deployment can go through. */
export type Track = "prepare" | "rollout" | "roll-back";

export type DeploymentEvent =
  | {
      readonly kind: "requested";
      readonly request: Request;
      readonly prepare?: PreparePlan;
      /** How many deployments of the service in the environment had ended before. */
      readonly ended?: number;
    }
  | { readonly kind: "rollout-planned"; readonly release: Release; readonly plan: RolloutPlan; readonly digest: string }
  | { readonly kind: "queued"; readonly behind: string }
  | { readonly kind: "admitted"; readonly epoch: number }
  /**
   * It was its turn, but others of the service ended since the hosts were looked at: they are looked at again, and
   * the rollout is planned again.
   */
  | { readonly kind: "overtaken"; readonly ended: number }
  | {
      readonly kind: "step-started";
      readonly track: Track;
      readonly step: number;
      readonly hosts: readonly string[];
      readonly attempt: number;
    }
  | {
      readonly kind: "host-done";
      readonly track: Track;
      readonly step: number;
      readonly host: string;
      readonly attempt: number;
      readonly outcome: Outcome;
    }
  | { readonly kind: "interrupted"; readonly track: Track; readonly step: number; readonly hosts: readonly string[] }
  /** The rollout goes on without these hosts, as far as its plan tolerates that. */
  | { readonly kind: "left-behind"; readonly hosts: readonly string[]; readonly message: string }
  | { readonly kind: "roll-back-planned"; readonly plan: RolloutPlan; readonly reason: string }
  | { readonly kind: "pause-requested"; readonly by: string }
  | { readonly kind: "resumed"; readonly by: string }
  | { readonly kind: "abort-requested"; readonly by: string; readonly reason: string }
  | {
      readonly kind: "finished";
      readonly state: FinalState;
      readonly message: string;
      readonly behind: readonly string[];
    };

/** An event in its place in the journal. */
export interface Recorded {
  /** Counts up from 1 within the deployment, without gaps. */
  readonly sequence: number;
  /** Milliseconds since 1970, by the server's clock. */
  readonly at: number;
  readonly event: DeploymentEvent;
}

export type FinalState =
  | "succeeded"
  | "failed"
  | "rolled-back"
  | "rollback-failed"
  | "rejected"
  | "expired"
  | "withdrawn"
  | "superseded";
export type State =
  | "requested"
  | "preparing"
  | "awaiting-approval"
  | "queued"
  | "running"
  | "paused"
  | "rolling-back"
  | FinalState;

export const finalStates: ReadonlySet<State> = new Set([
  "succeeded",
  "failed",
  "rolled-back",
  "rollback-failed",
  "rejected",
  "expired",
  "withdrawn",
  "superseded",
]);

/** How far one step is on one host. */
export interface Progress {
  readonly attempt: number;
  readonly startedAt: number;
  /** How often the attempt was begun again without a settled outcome. */
  readonly tries: number;
  /** An earlier try may have reached the host, so "not touched" can't be said of the attempt any more. */
  readonly mayHaveRun: boolean;
  readonly outcome?: Outcome;
  readonly endedAt?: number;
}

/** By step index, then by host. A soak has its start under the host `""`. */
export type TrackProgress = ReadonlyMap<number, ReadonlyMap<string, Progress>>;

export interface Deployment {
  readonly id: string;
  readonly request: Request;
  readonly state: State;
  /** The sequence of the last event that is folded in. */
  readonly sequence: number;
  readonly requestedAt: number;
  /** When something last went forward; progress deadlines count from here. */
  readonly progressAt: number;
  readonly prepare?: PreparePlan;
  readonly rollout?: RolloutPlan;
  readonly digest?: string;
  readonly rollBack?: RolloutPlan;
  readonly rollBackReason?: string;
  readonly release?: Release;
  readonly revision?: string;
  readonly artifact?: Artifact;
  readonly facts: Readonly<Record<string, HostFacts>>;
  /** How many deployments of the service had ended before `facts` were asked for: with one more they are stale. */
  readonly ended?: number;
  readonly progress: Readonly<Record<Track, TrackProgress>>;
  /** Hosts that the deployment goes on without; none of them was touched. */
  readonly leftBehind: readonly string[];
  readonly epoch?: number;
  readonly paused?: { readonly by: string };
  readonly aborted?: { readonly by: string; readonly reason: string };
  readonly finished?: { readonly at: number; readonly message: string; readonly behind: readonly string[] };
}

/** What is deployed to, and under which limits. */
export function targetOf({ rollout, prepare, id }: Deployment): Target {
  const target = rollout?.targets[0].target ?? prepare?.target;
  if (target === undefined) throw new Error(`${id} has no plan yet`);
  return target;
}

/** Folds a whole journal. The first event must be `requested`. */
export function fold(id: string, journal: readonly Recorded[]): Deployment {
  const [first, ...rest] = journal;
  if (first?.event.kind !== "requested") throw new Error(`the journal of ${id} does not begin with a request`);
  return rest.reduce(apply, begin(id, first.at, first.sequence, first.event));
}

function begin(
  id: string,
  at: number,
  sequence: number,
  event: Extract<DeploymentEvent, { kind: "requested" }>,
): Deployment {
  const { request, prepare } = event;
  const origin = prepare?.origin;
  return {
    id,
    request,
    state: prepare === undefined ? "requested" : "preparing",
    sequence,
    requestedAt: at,
    progressAt: at,
    ...(prepare === undefined ? {} : { prepare }),
    ...(origin?.kind === "artifact" ? { artifact: origin.artifact } : {}),
    ...(origin?.kind === "artifact" && origin.revision !== undefined ? { revision: origin.revision } : {}),
    ...(origin?.kind === "release" ? { artifact: origin.release.artifact } : {}),
    ...(origin?.kind === "release" && origin.release.revision !== undefined
      ? { revision: origin.release.revision }
      : {}),
    facts: {},
    ...(event.ended === undefined ? {} : { ended: event.ended }),
    leftBehind: [],
    progress: { prepare: new Map(), rollout: new Map(), "roll-back": new Map() },
  };
}

/** The deployment after one more event. */
export function apply(deployment: Deployment, { sequence, at, event }: Recorded): Deployment {
  if (sequence !== deployment.sequence + 1) {
    throw new Error(`event ${sequence} of ${deployment.id} does not follow event ${deployment.sequence}`);
  }
  return { ...applied(deployment, at, event), sequence };
}

function applied(deployment: Deployment, at: number, event: DeploymentEvent): Deployment {
  switch (event.kind) {
    case "requested":
      throw new Error(`${deployment.id} was requested twice`);
    case "rollout-planned":
      return { ...deployment, rollout: event.plan, digest: event.digest, release: event.release, progressAt: at };
    case "queued":
      return { ...deployment, state: "queued" };
    case "admitted":
      return { ...deployment, state: "running", epoch: event.epoch, progressAt: at };
    case "overtaken":
      return lookAgain({ ...deployment, ended: event.ended, progressAt: at });
    case "step-started":
      return started(deployment, at, event);
    case "host-done":
      return hostDone(deployment, at, event);
    case "interrupted":
      return neverBegun(deployment, event);
    case "left-behind":
      return { ...deployment, leftBehind: [...deployment.leftBehind, ...event.hosts], progressAt: at };
    case "roll-back-planned":
      return withoutPause({
        ...deployment,
        state: "rolling-back",
        rollBack: event.plan,
        rollBackReason: event.reason,
        progressAt: at,
      });
    case "pause-requested":
      return {
        ...deployment,
        paused: { by: event.by },
        state: deployment.state === "running" ? "paused" : deployment.state,
      };
    case "resumed":
      return withoutPause({
        ...deployment,
        progressAt: at,
        state: deployment.state === "paused" ? "running" : deployment.state,
      });
    case "abort-requested":
      return { ...deployment, aborted: { by: event.by, reason: event.reason } };
    case "finished":
      return { ...deployment, state: event.state, finished: { at, message: event.message, behind: event.behind } };
  }
}

/** What was read from hosts is void, with all that was planned from it. What was fetched and built stays. */
function lookAgain({ rollout: _, digest: __, ...deployment }: Deployment): Deployment {
  const steps = deployment.prepare?.steps ?? [];
  const kept = [...deployment.progress.prepare].filter(([index]) => !dependsOnHosts(steps[index]!));
  return { ...deployment, facts: {}, leftBehind: [], progress: { ...deployment.progress, prepare: new Map(kept) } };
}

function withoutPause({ paused: _, ...deployment }: Deployment): Deployment {
  return deployment;
}

function started(
  deployment: Deployment,
  at: number,
  event: Extract<DeploymentEvent, { kind: "step-started" }>,
): Deployment {
  const hosts = event.hosts.length > 0 ? event.hosts : [""];
  let { progressAt } = deployment;
  const step = new Map(deployment.progress[event.track].get(event.step));
  for (const host of hosts) {
    const before = step.get(host);
    const again = before?.attempt === event.attempt ? before : undefined;
    const mayHaveRun = again !== undefined && (again.mayHaveRun || again.outcome?.kind !== "unreachable");
    step.set(host, { attempt: event.attempt, startedAt: at, tries: (again?.tries ?? 0) + 1, mayHaveRun });
    // A try that nobody followed to its end was cut off by the server's own death; that is not the host's fault.
    if (again?.outcome === undefined) progressAt = at;
  }
  return { ...withStep(deployment, event.track, event.step, step), progressAt };
}

/** The step was called off before this try asked these hosts anything. */
function neverBegun(deployment: Deployment, event: Extract<DeploymentEvent, { kind: "interrupted" }>): Deployment {
  const step = new Map(deployment.progress[event.track].get(event.step));
  for (const host of event.hosts) if (step.get(host)?.mayHaveRun !== true) step.delete(host);
  return withStep(deployment, event.track, event.step, step);
}

function hostDone(
  deployment: Deployment,
  at: number,
  event: Extract<DeploymentEvent, { kind: "host-done" }>,
): Deployment {
  const { track, step: index, host, attempt } = event;
  const step = new Map(deployment.progress[track].get(index));
  const before = step.get(host) ?? { attempt, startedAt: at, tries: 1, mayHaveRun: false };
  if (before.attempt !== attempt) return deployment;
  const outcome = asKnown(event.outcome, before);
  step.set(host, { ...before, outcome, endedAt: at });

  const forward = outcome.kind === "done" ? { progressAt: at } : {};
  return { ...withStep(deployment, track, index, step), ...forward, ...learned(deployment, host, outcome) };
}

/** This try did not reach the host, but an earlier one may have. */
function asKnown(outcome: Outcome, { mayHaveRun }: Progress): Outcome {
  return outcome.kind === "unreachable" && mayHaveRun ? { kind: "unknown", message: outcome.message } : outcome;
}

/** What a step found out becomes part of the deployment. */
function learned(deployment: Deployment, host: string, outcome: Outcome): Partial<Deployment> {
  if (outcome.kind !== "done" || outcome.result === undefined) return {};
  const { result } = outcome;
  switch (result.kind) {
    case "facts":
      return { facts: { ...deployment.facts, [host]: result.facts } };
    case "source":
      return { revision: result.revision };
    case "artifact":
      return { artifact: result.artifact };
  }
}

function withStep(
  deployment: Deployment,
  track: Track,
  index: number,
  step: ReadonlyMap<string, Progress>,
): Deployment {
  const steps = new Map(deployment.progress[track]).set(index, step);
  return { ...deployment, progress: { ...deployment.progress, [track]: steps } };
}
