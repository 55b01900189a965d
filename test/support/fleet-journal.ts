/** The journal of a rollout over many hosts that work side by side, each at its own pace. */
import type { Deployment, DeploymentEvent, Recorded } from "../../src/core/deployment.ts";
import { apply, fold } from "../../src/core/fold.ts";
import { eventOf } from "../../src/core/decision.ts";
import { nextMove } from "../../src/core/next-move.ts";
import type { Move } from "../../src/core/move.ts";
import type { Outcome } from "../../src/core/outcome.ts";
import { planDigest, planPrepare, planRollout } from "../../src/core/plan.ts";
import { aRelease, aTarget, factsOf, knownOf } from "./targets.ts";

export interface FleetOptions {
  readonly hosts: number;
  readonly batch: number;
  readonly soakSeconds?: number;
  /** How the activation ends on a host, where it is not simply done. */
  readonly ends?: Readonly<Record<string, Outcome>>;
}

export interface Moment {
  readonly recorded: Recorded;
  /** With the event folded in. */
  readonly deployment: Deployment;
}

const release = aRelease(42, "b");

export function fleetJournal({ hosts, batch, soakSeconds = 0, ends = {} }: FleetOptions): readonly Moment[] {
  const target = aTarget({
    hosts: Array.from({ length: hosts }, (_, index) => `web-${index + 1}`),
    strategy: { kind: "rolling", options: { batch, soakSeconds } },
    limits: { floor: 0, tolerate: 2, progressSeconds: 60, load: 0.75 },
  });
  const moments: Moment[] = [];
  let now = Date.UTC(2026, 0, 5, 9);
  const record = (event: DeploymentEvent): void => {
    const recorded = { sequence: moments.length + 1, at: now, event };
    const before = moments.at(-1)?.deployment;
    moments.push({ recorded, deployment: before === undefined ? fold("01j0", [recorded]) : apply(before, recorded) });
  };
  const request = { kind: "deploy", service: "orders", environment: "production", by: "kim" } as const;
  record({
    kind: "requested",
    request,
    prepare: planPrepare(target, { kind: "artifact", artifact: release.artifact }),
  });
  for (;;) {
    const { deployment } = moments.at(-1)!;
    const move = nextMove(deployment, now);
    if (move.kind === "rest") return moments;
    if (move.kind === "wait") now = move.until ?? now + 1000;
    else if (move.kind !== "perform") record(decision(move, deployment));
    else {
      const { track, index: step, attempt, step: work } = move;
      const isActivation = work.kind === "activate-release";
      record({ kind: "step-started", track, step, hosts: move.hosts, attempt });
      const begun = now;
      const paces = move.hosts.map((host, index) => ({ host, after: (isActivation ? 12_000 : 800) + index * 137 }));
      for (const { host, after } of paces) {
        now = begun + after;
        const outcome = (isActivation && track === "rollout" ? ends[host] : undefined) ?? done(work.kind);
        record({ kind: "host-done", track, step, host, attempt, outcome });
      }
    }
  }
}

function done(kind: string): Outcome {
  if (kind === "activate-release") return { kind: "done", changed: true, note: "down for 812 ms" };
  if (kind !== "inspect-host") return { kind: "done", changed: true };
  return { kind: "done", changed: false, result: { kind: "facts", facts: factsOf("41-aaaaaaaaaaaa") } };
}

function decision(move: Exclude<Move, { kind: "rest" | "perform" | "wait" }>, deployment: Deployment): DeploymentEvent {
  switch (move.kind) {
    case "plan-rollout": {
      const plan = planRollout(deployment.prepare!, release, knownOf(deployment));
      return { kind: "rollout-planned", release, plan, digest: planDigest(plan) };
    }
    case "ask-approval":
      return { kind: "approval-asked", approval: "a-1", digest: deployment.digest! };
    case "admit":
      return { kind: "admitted", epoch: 7 };
    case "finish":
      return { kind: "finished", state: move.state, message: move.message, behind: move.behind };
    default:
      return eventOf(move, deployment);
  }
}
