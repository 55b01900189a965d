/**
 * A deployment is its journal: events that are only ever appended, folded into the state that decisions need.
 *
 * `apply` in `fold.ts` is the only way to change a `Deployment`. It never decides; `nextMove` does, and only from
 * what is here.
 */
import type { EvidenceRow, Judgement, Verdict } from "./analysis/analysis.ts";
import type { ApprovalPolicy } from "./approval.ts";
import type { HostFacts } from "./host-facts.ts";
import type { Observation, Observed } from "./observation.ts";
import type { Outcome } from "./outcome.ts";
import type { PreparePlan, RolloutPlan } from "./plan.ts";
import type { Artifact, Release } from "./release.ts";
import type { Target } from "./service.ts";
import type { TrafficFacts } from "./traffic.ts";

/** Why there is a deployment, and who asked for it. */
export interface Request {
  readonly kind: "deploy" | "roll-back" | "restart";
  readonly service: string;
  readonly environment: string;
  /** A login, a token's name, or `local:<user>`. */
  readonly by: string;
  readonly reason?: string;
  /** The logins of whose push began it, and of those who wrote what is in it, as far as somebody told. */
  readonly pushedBy?: string;
  /** Others who pushed before the first look at what they pushed. */
  readonly alsoPushedBy?: readonly string[];
  readonly writtenBy?: readonly string[];
  /** The mail address of whoever pushed, where that is nobody whom this server knows. */
  readonly pusherMail?: string;
  /** Why it goes on without the approval that it needs. */
  readonly breakGlass?: string;
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
      /** Where somebody has to approve: the rules of the moment in which it was asked for. */
      readonly policy?: ApprovalPolicy;
    }
  | { readonly kind: "rollout-planned"; readonly release: Release; readonly plan: RolloutPlan; readonly digest: string }
  /** The plan with this digest is what the approvers are asked about now. */
  | { readonly kind: "approval-asked"; readonly approval: string; readonly digest: string }
  | {
      readonly kind: "approval-given";
      readonly approval: string;
      readonly digest: string;
      readonly by: readonly string[];
      readonly because: "approved" | "broken-glass";
    }
  /** Somebody has approved the one before, so this one is asked about when that one is through. */
  | { readonly kind: "waits-behind"; readonly deployment: string }
  | { readonly kind: "queued"; readonly behind: string }
  /** The place is frozen: the rollout does not begin before the end, or before it is thawed. */
  | { readonly kind: "frozen"; readonly sentence: string; readonly until?: number }
  | { readonly kind: "thawed" }
  /** No freeze holds this deployment any more. */
  | { readonly kind: "freeze-passed"; readonly by: string; readonly reason: string }
  | { readonly kind: "admitted"; readonly epoch: number }
  /**
   * Its plan is void: others of the service ended since the hosts were looked at, or a secret has another version than
   * the plan means. The hosts are looked at again, and the rollout is planned again.
   */
  | { readonly kind: "overtaken"; readonly ended: number; readonly because?: "secrets" }
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
  /** What was seen of the requests, the hosts and from outside in a stretch of time. */
  | ({ readonly kind: "observed" } & Observation)
  /** An analysis has its answer; or a person gave it. */
  | {
      readonly kind: "concluded";
      readonly track: Track;
      readonly step: number;
      readonly verdict: Verdict;
      readonly sentence: string;
      readonly rows: readonly EvidenceRow[];
    }
  /** The plan allowed more than is safe now: fewer hosts, or a wait. */
  | { readonly kind: "narrowed"; readonly step: number; readonly hosts: readonly string[]; readonly reason: string }
  /** The candidate gets all traffic, whatever its analysis says so far. */
  | { readonly kind: "promoted"; readonly by: string }
  /** The capacity guard does not hold this deployment any more. */
  | { readonly kind: "overridden"; readonly by: string; readonly reason: string }
  /** What only watches ends: a newer deployment wants to begin, or a person has seen enough. */
  | { readonly kind: "watch-ended"; readonly by: string }
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
  /** Somebody has to approve the rollout, by these rules. */
  readonly policy?: ApprovalPolicy;
  /** The last request for approval, and whether it was given. */
  readonly approval?: { readonly id: string; readonly digest: string; readonly given?: GivenApproval };
  /** The deployment that has to be through before this one is asked about. */
  readonly waitsBehind?: string;
  readonly facts: Readonly<Record<string, HostFacts>>;
  /** What the proxies said before the rollout was planned. */
  readonly traffic?: TrafficFacts;
  /** What is seen while it goes on. */
  readonly observed: Observed;
  /** The answers of its analyses, by the index of the step in the rollout. */
  readonly concluded: ReadonlyMap<number, Judgement>;
  /** Steps of the rollout of which was written down that they can't go on as planned, with the reason. */
  readonly narrowed: ReadonlyMap<number, string>;
  readonly promotedBy?: string;
  readonly overriddenBy?: string;
  readonly watchEndedBy?: string;
  /** What holds the rollout up until then, by the calendar of freezes; without a time there is no end in sight. */
  readonly frozen?: { readonly sentence: string; readonly until?: number };
  readonly freezePassedBy?: string;
  readonly admittedAt?: number;
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

export interface GivenApproval {
  readonly by: readonly string[];
  readonly because: "approved" | "broken-glass";
}

/** What is deployed to, and under which limits. */
export function targetOf({ rollout, prepare, id }: Deployment): Target {
  const target = rollout?.targets[0].target ?? prepare?.target;
  if (target === undefined) throw new Error(`${id} has no plan yet`);
  return target;
}
