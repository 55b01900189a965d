/** Deployments folded from the events a test names, behind those that lead up to them. */
import { fold } from "../../src/core/fold.ts";
import type { Deployment, DeploymentEvent, Recorded, Request, Track } from "../../src/core/deployment.ts";
import type { Outcome } from "../../src/core/outcome.ts";
import { planDigest, planPrepare, planRollout } from "../../src/core/plan.ts";
import { membersOf } from "../../src/core/members.ts";
import type { Target } from "../../src/core/service.ts";
import { memberName } from "../../src/core/traffic.ts";
import type { MemberName } from "../../src/core/traffic.ts";
import { aRelease, aTarget, factsOf } from "./targets.ts";

export const request: Request = { kind: "deploy", service: "orders", environment: "production", by: "kim" };

export const done: Outcome = { kind: "done", changed: true };
export const unreachable: Outcome = { kind: "unreachable", message: "connection timed out", permanent: false };
export const unknown: Outcome = { kind: "unknown", message: "the connection was lost" };
export const reverted: Outcome = { kind: "reverted", message: "it never became healthy" };
export const broken: Outcome = { kind: "broken", message: "neither release starts" };
export const failed: Outcome = { kind: "failed", message: "refused" };

/** Events one second apart, from second 1 on. */
export function recorded(...events: readonly DeploymentEvent[]): readonly Recorded[] {
  return events.map((event, index) => ({ sequence: index + 1, at: (index + 1) * 1_000, event }));
}

export function started(track: Track, step: number, ...hosts: readonly string[]): DeploymentEvent {
  return { kind: "step-started", track, step, hosts, attempt: 1 };
}

export function ended(track: Track, step: number, host: string, outcome: Outcome = done): DeploymentEvent {
  return { kind: "host-done", track, step, host, attempt: 1, outcome };
}

function onBlue(target: Target): readonly MemberName[] {
  return membersOf(target).flatMap((member) => (member.side === "blue" ? [memberName(member)] : []));
}

/** Requested, prepared on every host, planned and admitted: the next thing is its first rollout step. */
export function eventsUntilAdmitted(target: Target): readonly DeploymentEvent[] {
  const release = aRelease(42, "b");
  const prepare = planPrepare(target, { kind: "artifact", artifact: release.artifact });
  const facts = Object.fromEntries(target.hosts.map((host) => [host, factsOf("41-aaaaaaaaaaaa")]));
  const hasTraffic = target.traffic.kind !== "none";
  const traffic = hasTraffic ? { active: "blue" as const, share: 0, inRotation: onBlue(target) } : undefined;
  const plan = planRollout(prepare, release, { facts, ...(traffic === undefined ? {} : { traffic }) });
  const prepared = prepare.steps.flatMap((step, index) => [
    started("prepare", index, ...step.hosts),
    ...step.hosts.map((host) => {
      const inspected: Outcome = { kind: "done", changed: false, result: { kind: "facts", facts: facts[host]! } };
      const seen: Outcome = { kind: "done", changed: false, result: { kind: "traffic", traffic: traffic! } };
      const results: Partial<Record<string, Outcome>> = { "inspect-host": inspected, "inspect-traffic": seen };
      return ended("prepare", index, host, results[step.kind] ?? done);
    }),
  ]);
  return [
    { kind: "requested", request, prepare },
    { kind: "rollout-planned", release, plan, digest: planDigest(plan) },
    ...prepared,
    { kind: "admitted", epoch: 1 },
  ];
}

/** A deployment in its rollout, after these events. */
export function inRollout(differences: Partial<Target>, ...events: readonly DeploymentEvent[]): Deployment {
  return fold("d", recorded(...eventsUntilAdmitted(aTarget(differences)), ...events));
}
