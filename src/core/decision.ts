/** Decisions that need nothing but the journal, as the events that record them. */
import type { Deployment, DeploymentEvent } from "./deployment.ts";
import type { Move } from "./move.ts";
import { planRollBack } from "./rollback.ts";

export type Decision = Extract<
  Move,
  { kind: "begin-wait" | "conclude" | "narrow" | "leave-behind" | "plan-roll-back" }
>;

export function eventOf(decision: Decision, deployment: Deployment): DeploymentEvent {
  switch (decision.kind) {
    case "begin-wait":
      return { kind: "step-started", track: decision.track, step: decision.index, hosts: [], attempt: 1 };
    case "conclude":
      return { kind: "concluded", track: "rollout", step: decision.index, ...decision.judgement };
    case "narrow":
      return { kind: "narrowed", step: decision.index, hosts: decision.hosts, reason: decision.reason };
    case "leave-behind":
      return { kind: "left-behind", hosts: decision.hosts, message: decision.message };
    case "plan-roll-back":
      return { kind: "roll-back-planned", plan: planRollBack(deployment), reason: decision.reason };
  }
}
