/**
 * Plans: what a deployment is going to do, as frozen data.
 *
 * The *prepare* plan changes nothing that serves. The *rollout* plan exists once the artifact's digest is known; it
 * is an envelope that may be narrowed while it runs, never widened, and approvals bind to its digest.
 */
import { digestOf } from "./digest.ts";
import type { HostFacts } from "./host-facts.ts";
import type { Artifact, Release, ReleaseId } from "./release.ts";
import { releaseId } from "./release.ts";
import type { Hook, Target } from "./service.ts";
import type { PrepareStep, RolloutStep, RunHook } from "./step.ts";
import { SERVER } from "./step.ts";
import { planSteps } from "./strategies/plan-steps.ts";

/** Stored with each plan. The code understands this number and the one before. */
export const PLAN_FORMAT = 1;

/** Where the content of a deployment comes from. */
export type Origin =
  | { readonly kind: "revision"; readonly ref: string }
  | { readonly kind: "artifact"; readonly artifact: Artifact; readonly revision?: string }
  /** A release that exists already, with the configuration of today. */
  | { readonly kind: "release"; readonly release: Release }
  /** What the hosts had before: nothing is fetched, built or uploaded. */
  | { readonly kind: "return"; readonly goal: ReleaseId; readonly release: Release }
  /** What the hosts have now, started anew. */
  | { readonly kind: "restart"; readonly release: Release };

export interface PreparePlan {
  readonly format: number;
  readonly target: Target;
  readonly origin: Origin;
  readonly steps: readonly PrepareStep[];
}

export interface TargetPlan {
  readonly target: Target;
  readonly release: Release;
  /** What each host serves before: a rollback restores exactly this. */
  readonly before: Readonly<Record<string, ReleaseId>>;
  /** What each host serves afterwards. */
  readonly goal: Readonly<Record<string, ReleaseId>>;
}

export interface RolloutPlan {
  readonly format: number;
  readonly kind: "deploy" | "roll-back" | "restart";
  /** One service today; several later. */
  readonly targets: readonly [TargetPlan];
  readonly steps: readonly RolloutStep[];
}

/** Everything that happens before the rollout, in order. */
export function planPrepare(target: Target, origin: Origin): PreparePlan {
  const { hosts } = target;
  if (origin.kind === "return" || origin.kind === "restart") {
    return { format: PLAN_FORMAT, target, origin, steps: [{ kind: "inspect-host", hosts }] };
  }
  const built: PrepareStep[] =
    origin.kind === "revision"
      ? [
          { kind: "fetch-source", hosts: [SERVER] },
          ...hooksAt(target, "before-build"),
          { kind: "build-artifact", hosts: [builderOf(target)] },
          ...hooksAt(target, "after-build"),
        ]
      : [];
  return {
    format: PLAN_FORMAT,
    target,
    origin,
    steps: [
      { kind: "inspect-host", hosts },
      { kind: "check-runtime", hosts },
      ...built,
      { kind: "prepare-directories", hosts },
      { kind: "upload-artifact", hosts },
      { kind: "install-unit", hosts },
    ],
  };
}

/** The rollout of a release over the hosts that can be reached. */
export function planRollout(
  { target, origin }: PreparePlan,
  release: Release,
  facts: Readonly<Record<string, HostFacts>>,
): RolloutPlan {
  const hosts = target.hosts.filter((host) => facts[host] !== undefined);
  const goalOf = (host: string): ReleaseId => {
    if (origin.kind === "return") return origin.goal;
    return origin.kind === "restart" ? facts[host]!.current : releaseId(release);
  };
  return {
    format: PLAN_FORMAT,
    kind: origin.kind === "return" ? "roll-back" : origin.kind === "restart" ? "restart" : "deploy",
    targets: [
      {
        target,
        release,
        before: Object.fromEntries(hosts.map((host) => [host, facts[host]!.current])),
        goal: Object.fromEntries(hosts.map((host) => [host, goalOf(host)])),
      },
    ],
    steps: [
      ...hooksAt({ ...target, hosts }, "before-rollout"),
      ...planSteps({ ...target, hosts }).flatMap((step) => withHooks(target, step)),
      ...hooksAt({ ...target, hosts }, "after-rollout"),
      ...(origin.kind === "restart" ? [] : [{ kind: "prune-releases" as const, hosts }]),
    ],
  };
}

/** The team's commands around each batch. */
function withHooks(target: Target, step: RolloutStep): RolloutStep[] {
  if (step.kind !== "activate-release") return [step];
  const batch = { ...target, hosts: step.hosts };
  return [...hooksAt(batch, "before-activate"), step, ...hooksAt(batch, "after-activate")];
}

/** Approval and `deploy --plan` bind to this. */
export function planDigest(plan: RolloutPlan): string {
  return digestOf(plan);
}

/** Which host builds: the server itself, a builder host, or the first host of the fleet. */
function builderOf(target: Target): string {
  const on = target.build?.on ?? "server";
  if (on === "server") return SERVER;
  return on === "host" ? target.hosts[0]! : on;
}

function hooksAt(target: Target, at: Hook["at"]): RunHook[] {
  return target.hooks
    .filter((hook) => hook.at === at)
    .map(({ on, run, limitSeconds }) => {
      const each = on === "every-host" || (on === "first-host" && target.hosts.length === 1);
      return { kind: "run-hook", hosts: hookHosts(on, target), each, at, run, limitSeconds };
    });
}

function hookHosts(on: Hook["on"], target: Target): readonly string[] {
  switch (on) {
    case "server":
      return [SERVER];
    case "first-host":
      return target.hosts.slice(0, 1);
    case "every-host":
      return target.hosts;
    default:
      return [on];
  }
}
