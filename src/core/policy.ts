/** What an environment asks for before and after a rollout, whatever the service. Plain data. */
import type { ApprovalPolicy } from "./approval.ts";

export interface EnvironmentPolicy {
  readonly environment: string;
  readonly deploys: DeployTrigger;
  /** Missing where nobody has to approve. */
  readonly approval?: ApprovalPolicy;
  readonly watch: WatchRule;
}

export interface DeployTrigger {
  /** The branch that belongs to the environment; missing: each service's own. */
  readonly branch?: string;
  /** `push`: a push to the branch deploys by itself; `request`: a person or a program asks. */
  readonly on: "push" | "request";
}

export interface WatchRule {
  /** How long a release is watched after its rollout; 0 is not at all. */
  readonly seconds: number;
  readonly onFailure: "roll-back" | "report";
}

/** Whether a deployment without the server is refused unless somebody breaks the glass. */
export function refusesLocal(policy: EnvironmentPolicy): boolean {
  return policy.approval !== undefined;
}
