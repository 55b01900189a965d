/**
 * Plans: what a deployment is going to do, as frozen data.
 *
 * The *prepare* plan changes nothing that serves. The *rollout* plan exists once the artifact's digest is known; it
 * is an envelope that may be narrowed while it runs, never widened, and approvals bind to its digest.
 */
import { digestOf } from "./digest.ts";
import type { HostFacts } from "./host-facts.ts";
import type { Artifact, Release, ReleaseId } from "./release.ts";
import { NO_RELEASE, releaseId } from "./release.ts";
import type { SecretPin } from "./secret.ts";
import type { Hook, SmokeRequest, Target } from "./service.ts";
import { isInPlace, sidesOf, withStrategyFor } from "./sides.ts";
import type { Sides } from "./sides.ts";
import type { PrepareStep, RolloutStep, RunHook } from "./step.ts";
import { PROXIES, SERVER } from "./step.ts";
import { planSteps } from "./strategies/plan-steps.ts";
import type { TrafficFacts } from "./traffic.ts";
import { otherSide } from "./traffic.ts";

/** Stored with each plan. The code understands this number and the one before. */
export const PLAN_FORMAT = 2;

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
  /** The secrets as they were when it was asked for: what hooks before the rollout's plan get. */
  readonly secrets?: readonly SecretPin[];
  readonly steps: readonly PrepareStep[];
}

export interface TargetPlan {
  readonly target: Target;
  readonly release: Release;
  /** What each host serves before: a rollback restores exactly this. */
  readonly before: Readonly<Record<string, ReleaseId>>;
  /** What each host serves afterwards. */
  readonly goal: Readonly<Record<string, ReleaseId>>;
  /** Only where a proxy knows two sides of the service. */
  readonly sides?: Sides;
  /** What the release that serves now is asked before users come to it. */
  readonly previousSmoke?: readonly SmokeRequest[];
  /** Which version of each secret is meant. */
  readonly secrets?: readonly SecretPin[];
}

export interface RolloutPlan {
  readonly format: number;
  readonly kind: "deploy" | "roll-back" | "restart";
  /** One service today; several later. */
  readonly targets: readonly [TargetPlan];
  readonly steps: readonly RolloutStep[];
}

/** Everything that happens before the rollout, in order. */
export function planPrepare(target: Target, origin: Origin, pins: readonly SecretPin[] = []): PreparePlan {
  const { hosts } = target;
  const secrets = pins.length === 0 ? {} : { secrets: pins };
  const look: PrepareStep[] = [
    { kind: "inspect-host", hosts },
    ...(target.traffic.kind === "none" ? [] : [{ kind: "inspect-traffic" as const, hosts: [PROXIES] as const }]),
  ];
  if (origin.kind === "return" || origin.kind === "restart") {
    return { format: PLAN_FORMAT, target, origin, ...secrets, steps: look };
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
    ...secrets,
    steps: [
      ...look,
      { kind: "check-runtime", hosts },
      ...(target.slots === undefined ? [] : [{ kind: "check-headroom" as const, hosts }]),
      ...built,
      { kind: "prepare-directories", hosts },
      { kind: "upload-artifact", hosts },
      { kind: "install-unit", hosts },
    ],
  };
}

/** What is known when the rollout is planned. */
export interface Known {
  readonly facts: Readonly<Record<string, HostFacts>>;
  readonly traffic?: TrafficFacts;
  readonly previousSmoke?: readonly SmokeRequest[];
  readonly secrets?: readonly SecretPin[];
}

/** The rollout of a release over the hosts that can be reached. */
export function planRollout(prepare: PreparePlan, release: Release, known: Known): RolloutPlan {
  const { origin } = prepare;
  const { facts, previousSmoke = [], secrets = [] } = known;
  const target = withStrategyFor(prepare.target, origin.kind, servesNothing(facts));
  const hosts = target.hosts.filter((host) => facts[host] !== undefined);
  const inPlace = isInPlace(target, origin.kind);
  const sides = sidesOf(target, known.traffic, inPlace);
  const strategic = [
    ...closeIdleSide(sides, known.traffic),
    ...planSteps({ ...target, hosts }, { active: sides?.baseline ?? "blue", inPlace }),
  ].filter((step) => step.kind !== "smoke-test" || isAsked(target, origin, previousSmoke));
  const activated = hostsOf(strategic);
  const before = (host: string): ReleaseId => servedBy(facts[host]!, sides, target);
  const goal = (host: string): ReleaseId => {
    if (origin.kind === "return") return origin.goal;
    return origin.kind === "restart" ? before(host) : releaseId(release);
  };
  return {
    format: PLAN_FORMAT,
    kind: origin.kind === "return" ? "roll-back" : origin.kind === "restart" ? "restart" : "deploy",
    targets: [
      {
        target,
        release,
        before: Object.fromEntries(activated.map((host) => [host, before(host)])),
        goal: Object.fromEntries(activated.map((host) => [host, goal(host)])),
        ...(sides === undefined ? {} : { sides }),
        ...(previousSmoke.length > 0 ? { previousSmoke } : {}),
        ...(secrets.length > 0 ? { secrets } : {}),
      },
    ],
    steps: [
      ...hooksAt({ ...target, hosts }, "before-rollout"),
      ...migrations({ ...target, hosts }, origin, "expand"),
      ...strategic.flatMap((step) => withHooks(target, step)),
      ...hooksAt({ ...target, hosts }, "after-rollout"),
      ...(origin.kind === "restart" || origin.kind === "return" ? [] : watch(target)),
      ...(servesNothing(facts) ? [] : oldRelease({ ...target, hosts }, strategic, sides)),
      ...migrations({ ...target, hosts }, origin, "contract"),
      ...(origin.kind === "restart" ? [] : [{ kind: "prune-releases" as const, hosts }]),
    ],
  };
}

/** A way back leads to what served well before; it is not held up by what a later release is asked. */
function isAsked({ smoke }: Target, { kind }: Origin, previousSmoke: readonly SmokeRequest[]): boolean {
  return kind !== "return" && kind !== "restart" && smoke.length + previousSmoke.length > 0;
}

/**
 * A share that was left behind ends first. And members of the idle side would get users as soon as their copy answers,
 * before it was checked.
 */
function closeIdleSide(sides: Sides | undefined, traffic: TrafficFacts | undefined): readonly RolloutStep[] {
  if (sides === undefined) return [];
  const idle = otherSide(sides.baseline);
  const leftShare: RolloutStep[] =
    (traffic?.share ?? 0) > 0 ? [{ kind: "set-share", hosts: [PROXIES], side: idle, share: 0 }] : [];
  if (sides.candidate === sides.baseline) return leftShare;
  const open = (traffic?.inRotation ?? []).filter((name) => name.startsWith(`${sides.candidate}/`));
  const hosts = open.map((name) => name.slice(sides.candidate.length + 1));
  if (hosts.length === 0) return leftShare;
  return [...leftShare, { kind: "drain", hosts, side: sides.candidate, replaced: true }];
}

function hostsOf(steps: readonly RolloutStep[]): readonly string[] {
  return [...new Set(steps.flatMap((step) => (step.kind === "activate-release" ? step.hosts : [])))];
}

function servesNothing(facts: Readonly<Record<string, HostFacts>>): boolean {
  return Object.values(facts).every(({ current, slots }) =>
    [current, ...Object.values(slots).map((slot) => slot.current)].every((release) => release === NO_RELEASE),
  );
}

/** What users get from a host: with slots, from the slot of the side that serves. */
function servedBy({ current, slots }: HostFacts, sides: Sides | undefined, target: Target): ReleaseId {
  if (target.slots === undefined || sides === undefined) return current;
  return slots[sides.baseline]?.current ?? NO_RELEASE;
}

function watch({ watchSeconds: seconds }: Target): readonly RolloutStep[] {
  return seconds > 0 ? [{ kind: "analyse", during: "watch", needs: "no-fail", seconds, longestSeconds: seconds }] : [];
}

/** The copy that served before stays up for a while, so that the way back takes no start. */
function oldRelease(
  { hosts, strategy, slots, watchSeconds }: Target,
  steps: readonly RolloutStep[],
  sides: Sides | undefined,
): readonly RolloutStep[] {
  const isSwitched = steps.some(({ kind }) => kind === "switch-side");
  const isRetired = steps.some(({ kind }) => kind === "retire-slot");
  if (slots === undefined || sides === undefined || !isSwitched || isRetired) return [];
  const warm = "keepWarmSeconds" in strategy.options ? strategy.options.keepWarmSeconds : 0;
  const seconds = Math.max(0, warm - watchSeconds);
  return [
    ...(seconds > 0 ? [{ kind: "keep-warm" as const, seconds }] : []),
    { kind: "drain", hosts, side: sides.baseline, replaced: true },
    { kind: "retire-slot", hosts, slot: sides.baseline },
  ];
}

/** A change of the data comes with a release of its own; no way back ever undoes one. */
function migrations(
  { hosts, migration, others }: Target,
  origin: Origin,
  kind: NonNullable<Target["migration"]>["kind"],
): readonly RolloutStep[] {
  if (migration?.kind !== kind || origin.kind === "return" || origin.kind === "restart") return [];
  // It belongs to the release of the whole service; hosts that are brought up to it find the data changed.
  if (others !== undefined) return [];
  const place = migration.on === "server" ? SERVER : hosts[0];
  return place === undefined ? [] : [{ kind: "migrate", hosts: [place], migration: kind }];
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
    .map(({ on, run, variables, limitSeconds }) => {
      const each = on === "every-host" || (on === "first-host" && target.hosts.length === 1);
      const own = variables === undefined ? {} : { variables };
      return { kind: "run-hook", hosts: hookHosts(on, target), each, at, run, ...own, limitSeconds };
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
