/** The fold: from a journal's events to the state that decisions need. */
import { isApproved, isStaged } from "./approval-gate.ts";
import type { Deployment, DeploymentEvent, Progress, Recorded, State, Track } from "./deployment.ts";
import { nothingObserved } from "./observation.ts";
import { observe } from "./observe.ts";
import type { Outcome } from "./outcome.ts";
import { readPrepare, readRollout } from "./plan-format.ts";
import { dependsOnHosts } from "./step.ts";

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
  const { request } = event;
  const prepare = event.prepare === undefined ? undefined : readPrepare(event.prepare);
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
    observed: nothingObserved,
    concluded: new Map(),
    narrowed: new Map(),
    ...(event.ended === undefined ? {} : { ended: event.ended }),
    ...(event.policy === undefined ? {} : { policy: event.policy }),
    leftBehind: [],
    progress: { prepare: new Map(), rollout: new Map(), "roll-back": new Map() },
  };
}

/** The deployment after one more event. */
export function apply(deployment: Deployment, { sequence, at, event }: Recorded): Deployment {
  if (sequence !== deployment.sequence + 1) {
    throw new Error(`event ${sequence} of ${deployment.id} does not follow event ${deployment.sequence}`);
  }
  return { ...waiting(applied(deployment, at, event)), sequence };
}

function applied(deployment: Deployment, at: number, event: DeploymentEvent): Deployment {
  switch (event.kind) {
    case "requested":
      throw new Error(`${deployment.id} was requested twice`);
    case "rollout-planned":
      return {
        ...deployment,
        rollout: readRollout(event.plan),
        digest: event.digest,
        release: event.release,
        progressAt: at,
      };
    case "approval-asked":
    case "approval-given":
    case "waits-behind":
      return towardsApproval(deployment, at, event);
    case "queued":
      return { ...deployment, state: "queued" };
    case "frozen":
    case "thawed":
    case "freeze-passed":
      return towardsThaw(deployment, at, event);
    case "admitted":
      return { ...deployment, state: "running", epoch: event.epoch, admittedAt: at, progressAt: at };
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
        rollBack: readRollout(event.plan),
        rollBackReason: event.reason,
        progressAt: at,
      });
    case "observed":
    case "concluded":
    case "narrowed":
    case "promoted":
    case "overridden":
    case "watch-ended":
      return steered(deployment, at, event);
    case "pause-requested":
    case "resumed":
      return heldUp(deployment, at, event);
    case "abort-requested":
      return { ...deployment, aborted: { by: event.by, reason: event.reason } };
    case "finished":
      return { ...deployment, state: event.state, finished: { at, message: event.message, behind: event.behind } };
  }
}

type TowardsApproval = Extract<DeploymentEvent, { kind: "approval-asked" | "approval-given" | "waits-behind" }>;

function towardsApproval(deployment: Deployment, at: number, event: TowardsApproval): Deployment {
  switch (event.kind) {
    case "approval-asked": {
      const { waitsBehind: _, ...asking } = deployment;
      // What waited for its turn with an older plan gives the turn back.
      const state = asking.state === "queued" ? "preparing" : asking.state;
      return { ...asking, state, approval: { id: event.approval, digest: event.digest } };
    }
    case "approval-given": {
      const { approval: id, digest, by, because } = event;
      return { ...deployment, approval: { id, digest, given: { by, because } }, progressAt: at };
    }
    case "waits-behind":
      return { ...deployment, waitsBehind: event.deployment };
  }
}

/** What is staged and lacks only the decision of people is said to wait for them; or for its turn, in a freeze. */
function waiting(deployment: Deployment): Deployment {
  const { state, policy } = deployment;
  if (policy === undefined || (state !== "preparing" && state !== "awaiting-approval")) return deployment;
  const now = stateOfWaiting(deployment);
  return state === now ? deployment : { ...deployment, state: now };
}

function stateOfWaiting(deployment: Deployment): State {
  if (!isStaged(deployment)) return "preparing";
  if (!isApproved(deployment)) return "awaiting-approval";
  return deployment.frozen === undefined ? "preparing" : "queued";
}

function heldUp(
  deployment: Deployment,
  at: number,
  event: Extract<DeploymentEvent, { kind: "pause-requested" | "resumed" }>,
): Deployment {
  const { state } = deployment;
  if (event.kind === "resumed") return withoutPause({ ...deployment, progressAt: at, state: goingOn(deployment) });
  return { ...deployment, paused: { by: event.by }, state: state === "running" ? "paused" : state };
}

type TowardsThaw = Extract<DeploymentEvent, { kind: "frozen" | "thawed" | "freeze-passed" }>;

/** What waits for the end of a freeze lacks nothing but its turn. */
function towardsThaw({ frozen: _, ...deployment }: Deployment, at: number, event: TowardsThaw): Deployment {
  if (event.kind === "freeze-passed") return { ...deployment, freezePassedBy: event.by, progressAt: at };
  if (event.kind === "thawed") return { ...deployment, progressAt: at };
  const { sentence, until } = event;
  return { ...deployment, state: "queued", frozen: { sentence, ...(until === undefined ? {} : { until }) } };
}

type Steering = Extract<
  DeploymentEvent,
  { kind: "observed" | "concluded" | "narrowed" | "promoted" | "overridden" | "watch-ended" }
>;

/** What was seen of a rollout, and what was made of it. */
function steered(deployment: Deployment, at: number, event: Steering): Deployment {
  switch (event.kind) {
    case "observed":
      return { ...deployment, observed: observe(deployment, event) };
    case "concluded": {
      const { verdict, sentence, rows } = event;
      const concluded = new Map(deployment.concluded).set(event.step, { verdict, sentence, rows });
      return { ...deployment, concluded, progressAt: at };
    }
    case "narrowed":
      return { ...deployment, narrowed: new Map(deployment.narrowed).set(event.step, event.reason) };
    case "promoted":
      return withoutPause({ ...deployment, promotedBy: event.by, progressAt: at, state: goingOn(deployment) });
    case "overridden":
      return { ...deployment, overriddenBy: event.by, progressAt: at };
    case "watch-ended":
      return { ...deployment, watchEndedBy: event.by, progressAt: at };
  }
}

function goingOn({ state }: Deployment): State {
  return state === "paused" ? "running" : state;
}

/** What was read from hosts is void, with all that was planned from it. What was fetched and built stays. */
function lookAgain({ rollout: _, digest: __, traffic: ___, ...deployment }: Deployment): Deployment {
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
      // Journals of format 1 know nothing of slots.
      return { facts: { ...deployment.facts, [host]: { ...result.facts, slots: result.facts.slots ?? {} } } };
    case "source":
      return { revision: result.revision };
    case "artifact":
      return { artifact: result.artifact };
    case "traffic":
      return { traffic: result.traffic };
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
