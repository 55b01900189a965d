/** What a deployment can do next, and the moves that it makes in more than one place. */
import { behind } from "./activations.ts";
import type { Judgement } from "./analysis/analysis.ts";
import { mayLeaveBehind } from "./capacity.ts";
import type { Deployment, FinalState, Track } from "./deployment.ts";
import { failureMessage } from "./findings.ts";
import { hasTakenDataAway } from "./migrations.ts";
import type { HostOutcome } from "./standing.ts";
import { stepOf } from "./standing.ts";
import type { WorkStep } from "./step.ts";
import { isWork, needsEveryHost } from "./step.ts";
import { isAnyTouched } from "./touched.ts";

export type Move =
  /** Do this step on these hosts, and record how it ended on each. */
  | {
      readonly kind: "perform";
      readonly track: Track;
      readonly index: number;
      readonly step: WorkStep;
      readonly hosts: readonly string[];
      readonly attempt: number;
    }
  /** Record that a wait of the plan began. */
  | { readonly kind: "begin-wait"; readonly track: Track; readonly index: number }
  /** Record the answer of an analysis. */
  | { readonly kind: "conclude"; readonly index: number; readonly judgement: Judgement }
  /** Record that less than the plan allows is done, with the numbers. */
  | { readonly kind: "narrow"; readonly index: number; readonly hosts: readonly string[]; readonly reason: string }
  /** The artifact is known: number the release, plan the rollout. */
  | { readonly kind: "plan-rollout" }
  /** Ask the approvers about the plan, unless another one of the service has to be through before. */
  | { readonly kind: "ask-approval" }
  /** Take the lock of the service in its environment, when it is free. */
  | { readonly kind: "admit" }
  /** Record that the deployment goes on without these hosts. */
  | { readonly kind: "leave-behind"; readonly hosts: readonly string[]; readonly message: string }
  | { readonly kind: "plan-roll-back"; readonly reason: string }
  /** Nothing to do before this time, or before another event. */
  | { readonly kind: "wait"; readonly for: string; readonly until?: number }
  | {
      readonly kind: "finish";
      readonly state: FinalState;
      readonly message: string;
      readonly behind: readonly string[];
    }
  /** It has ended. */
  | { readonly kind: "rest" };

/** A rollout that can't go on is rolled back, unless it is a roll-back itself or nothing was touched. */
export function givenUp(deployment: Deployment, reason: string): Move {
  if (!isAnyTouched(deployment)) return finish("failed", `${reason}; no host was changed`);
  if (deployment.request.kind === "roll-back") return finish("rollback-failed", reason, behind(deployment));
  if (hasTakenDataAway(deployment)) {
    const message = `${reason}; its contract migration has begun, so there is no way back to a release that needs the old data`;
    return finish("rollback-failed", message, behind(deployment));
  }
  return { kind: "plan-roll-back", reason };
}

export function goOnWithout(deployment: Deployment, step: WorkStep, hosts: readonly HostOutcome[]): Move | undefined {
  const names = hosts.map(([host]) => host);
  if (needsEveryHost(step) || !mayLeaveBehind(deployment, names)) return undefined;
  return { kind: "leave-behind", hosts: names, message: failureMessage(step, hosts) };
}

export function askAgain(until: number): Move {
  return { kind: "wait", for: "hosts that can't be reached", until };
}

export function perform(deployment: Deployment, track: Track, index: number, hosts: readonly string[]): Move {
  const step = stepOf(deployment, track, index);
  if (!isWork(step)) throw new Error(`step ${index} of the ${track} plan of ${deployment.id} is a wait`);
  return { kind: "perform", track, index, step, hosts, attempt: 1 };
}

export function finish(state: FinalState, message: string, left: readonly string[] = []): Move {
  return { kind: "finish", state, message, behind: left };
}
