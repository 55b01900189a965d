/** What a step is: a title for people, a limit, and what it asks of one host (or of the server). */
import type { Deployment } from "../core/deployment.ts";
import type { HostFacts } from "../core/host-facts.ts";
import type { Outcome } from "../core/outcome.ts";
import type { Artifact } from "../core/release.ts";
import type { Target } from "../core/service.ts";
import type { StepKind, WorkStep } from "../core/step.ts";
import type { Artifacts } from "../ports/artifacts.ts";
import type { Builds } from "../ports/builds.ts";
import type { Clock } from "../ports/clock.ts";
import type { DeltaUpload } from "../ports/delta-upload.ts";
import type { Git } from "../ports/git.ts";
import type { Hosts } from "../ports/hosts.ts";
import type { Programs } from "../ports/programs.ts";
import type { Secrets } from "../ports/secrets.ts";
import type { TrafficControl } from "../ports/traffic.ts";
import type { Workspaces } from "../ports/workspaces.ts";

/** The world as steps may touch it. */
export interface StepPorts {
  readonly hosts: Hosts;
  readonly git: Git;
  readonly builds: Builds;
  readonly artifacts: Artifacts;
  readonly deltaUpload: DeltaUpload;
  readonly programs: Programs;
  readonly clock: Clock;
  readonly workspaces: Workspaces;
  readonly traffic: TrafficControl;
  readonly secrets: Secrets;
}

/** One step on one host. */
export interface StepContext {
  /** As it was when the step began. */
  readonly deployment: Deployment;
  readonly target: Target;
  /** What this host should serve afterwards; only in a rollout and a roll-back. */
  readonly goal?: string;
  /** Names the step on the host, the same for every try of one attempt. */
  readonly key: string;
  readonly installation: string;
  readonly host: string;
  /** Artifacts of earlier releases; a host may have one of them. */
  readonly known: readonly Artifact[];
  /** The epoch of this run; hosts refuse a lower one than they have seen. */
  readonly epoch: number;
  readonly ports: StepPorts;
  /** Output for people, kept as the step's log. */
  readonly log: (text: string, stream?: "stdout" | "stderr") => void;
  /** Fires when nobody waits for the step any more: it is called off, or the server stops. */
  readonly signal: AbortSignal;
  /** Whether the signal fired because the deployment does not want the step. */
  readonly isCalledOff: () => boolean;
}

export interface StepDefinition<Kind extends StepKind> {
  readonly kind: Kind;
  /** What it does, for progress lines: `upload release 42`. */
  title(step: Extract<WorkStep, { kind: Kind }>, deployment: Deployment): string;
  perform(step: Extract<WorkStep, { kind: Kind }>, context: StepContext): Promise<Outcome>;
}

/** What the host said when it was inspected. */
export function factsOf({ deployment, host }: StepContext): HostFacts {
  const facts = deployment.facts[host];
  if (facts === undefined) throw new Error(`${host} was not inspected before a step that needs its facts`);
  return facts;
}

export const unchanged: Outcome = { kind: "done", changed: false };
export const changed: Outcome = { kind: "done", changed: true };
