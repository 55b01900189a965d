/** What an interlock is. */
import type { Deployment } from "./deployment.ts";
import type { RolloutPlan } from "./plan.ts";
import type { RolloutTrack } from "./rotation.ts";
import type { WorkStep } from "./step.ts";

/** One rule. Its functions say what breaks it, or nothing. */
export interface Interlock {
  readonly name: string;
  /** What holds as long as nobody breaks it, for people. */
  readonly title: string;
  inPlan?(plan: RolloutPlan): string | undefined;
  before?(deployment: Deployment, act: Act): string | undefined;
}

/** A step that is about to begin on these hosts. */
export interface Act {
  readonly track: RolloutTrack;
  readonly step: WorkStep;
  readonly hosts: readonly string[];
  readonly plan: RolloutPlan;
}
