/**
 * Interlocks: what must never be, whatever the configuration, a strategy or `nextMove` says.
 *
 * Each rule is asked twice where it can be: about the whole plan before it may start, and about every activation
 * just before it begins, with what is known about the hosts by then.
 */
import { activations } from "./activations.ts";
import { hostsOut, planOf, takesOut } from "./rotation.ts";
import type { RolloutTrack } from "./rotation.ts";
import { isWork } from "./step.ts";
import type { Interlock } from "./interlock-rule.ts";
import { trafficInterlocks } from "./traffic-interlocks.ts";
import type { Deployment } from "./deployment.ts";
import { targetOf } from "./deployment.ts";
import { userNamePattern } from "./names.ts";
import type { Move } from "./move.ts";
import { PLAN_FORMAT } from "./plan.ts";
import type { RolloutPlan, TargetPlan } from "./plan.ts";
import { ADOPTED_RELEASE, NO_RELEASE } from "./release.ts";
import type { ReleaseId } from "./release.ts";

export interface Violation {
  readonly interlock: string;
  readonly message: string;
}

/** Whether a plan may start: everything that speaks against it. */
export function checkPlan(plan: RolloutPlan): readonly Violation[] {
  return interlocks.flatMap(({ name, inPlan }) => {
    const message = inPlan?.(plan);
    return message === undefined ? [] : [{ interlock: name, message }];
  });
}

/** What speaks against a move, given where everything stands now. */
export function guard(deployment: Deployment, move: Move): Violation | undefined {
  if (move.kind !== "perform" || move.track === "prepare") return undefined;
  const { track, step, hosts } = move;
  const plan = planOf(deployment, track)!;
  for (const { name, before } of interlocks) {
    const message = before?.(deployment, { track, step, hosts, plan });
    if (message !== undefined) return { interlock: name, message };
  }
  return undefined;
}

export const interlocks: readonly Interlock[] = [
  {
    name: "known-format",
    title: "the plan has a format that this version of Signalbox understands",
    inPlan: unknownFormat,
    before: (_deployment, { plan }) => unknownFormat(plan),
  },
  {
    name: "floor",
    title: "the hosts in rotation never become fewer than the floor",
    inPlan({ targets: [{ target }], steps }) {
      const { hosts, limits } = target;
      const low = leaving(steps).find((batch) => hosts.length - batch.length < limits.floor);
      return low && `without ${low.join(", ")} fewer than ${limits.floor} of ${hosts.length} host(s) stay in rotation`;
    },
    before(deployment, { track, step, hosts }) {
      if (!takesOut(step)) return undefined;
      const { limits, hosts: fleet } = targetOf(deployment);
      const out = hostsOut(deployment);
      const more = hosts.filter((host) => !out.has(host));
      // Dead hosts must not keep a fleet from going back to what worked, so a roll-back may always take one.
      if (more.length <= (track === "roll-back" ? 1 : 0)) return undefined;
      if (fleet.length - out.size - more.length >= limits.floor) return undefined;
      const already = out.size > 0 ? ` (${[...out].join(", ")} can't be counted on)` : "";
      return `without ${more.join(", ")}${already} fewer than ${limits.floor} of ${fleet.length} host(s) stay in rotation`;
    },
  },
  {
    name: "one-zone",
    title: "hosts of two zones are never out of rotation at once",
    inPlan({ targets: [plan], steps }) {
      const broken = leaving(steps).find((batch) => spansZones(plan, batch));
      return broken && `${broken.join(", ")} are in several zones, but in one batch`;
    },
    before(deployment, { track, step, hosts, plan }) {
      if (!takesOut(step)) return undefined;
      const out = hostsOut(deployment);
      const inFlight = [...activations(deployment, track)].filter(([, { outcome }]) => outcome === undefined);
      const atOnce = [...inFlight.map(([host]) => host), ...hosts.filter((host) => !out.has(host))];
      return spansZones(plan.targets[0], atOnce) ? `${atOnce.join(", ")} are in several zones` : undefined;
    },
  },
  {
    name: "first-alone",
    title: "a rolling deployment tries the release on one host first",
    inPlan({ kind, targets: [{ target }], steps }) {
      const [first = []] = batchesOf(steps);
      if (target.strategy.kind !== "rolling" || kind === "roll-back" || first.length <= 1) return undefined;
      return `the first batch is ${first.join(", ")}`;
    },
  },
  {
    name: "exactly-once",
    title: "every host is activated exactly once",
    inPlan({ targets: [{ goal }], steps }) {
      const hosts = batchesOf(steps).flat();
      const twice = hosts.find((host, index) => hosts.indexOf(host) !== index);
      if (twice !== undefined) return `${twice} is activated twice`;
      const never = Object.keys(goal).find((host) => !hosts.includes(host));
      return never && `${never} is never activated`;
    },
    before(deployment, { track, step, hosts }) {
      if (step.kind !== "activate-release") return undefined;
      const done = activations(deployment, track);
      const again = hosts.find((host) => done.get(host)?.outcome?.kind === "done");
      return again && `${again} was activated already`;
    },
  },
  {
    name: "way-back",
    title: "for every host it is known what it serves before and afterwards",
    inPlan({ targets: [{ target, before, goal }], steps }) {
      const lost = batchesOf(steps)
        .flat()
        .find((host) => !target.hosts.includes(host) || !before[host] || !goal[host]);
      return lost && `${lost} is activated, but nobody knows from what or to what`;
    },
  },
  {
    name: "verified-first",
    title: "nothing is activated on a host before it was verified there",
    before(deployment, { track, step, hosts, plan }) {
      if (step.kind !== "activate-release") return undefined;
      const { goal } = plan.targets[0];
      const missing = hosts.find((host) => !isVerified(deployment, track, host, goal[host]!));
      return missing && `${goal[missing]} was not verified on ${missing}`;
    },
  },
  {
    name: "singleton",
    title: "a singleton has one host, and its old copy is stopped before the new one starts",
    inPlan({ targets: [{ target }] }) {
      if (!target.singleton) return undefined;
      if (target.hosts.length !== 1) return `${target.service} is a singleton on ${target.hosts.length} hosts`;
      return target.strategy.kind === "recreate"
        ? undefined
        : `a singleton can't be deployed by ${target.strategy.kind}`;
    },
  },
  {
    name: "unprivileged",
    title: "the service does not run as root",
    inPlan({ targets: [{ target }] }) {
      const { user } = target.unit;
      return user !== "root" && userNamePattern.test(user)
        ? undefined
        : `the unit would run as ${JSON.stringify(user)}`;
    },
  },
  ...trafficInterlocks,
  {
    name: "tidy-last",
    title: "no release is removed before every host is activated",
    inPlan({ steps }) {
      const prune = steps.findIndex(({ kind }) => kind === "prune-releases");
      const activation = steps.findLastIndex(({ kind }) => kind === "activate-release");
      return prune !== -1 && prune < activation
        ? "old releases would be removed in the middle of the rollout"
        : undefined;
    },
  },
];

function unknownFormat({ format }: RolloutPlan): string | undefined {
  const isKnown = format === PLAN_FORMAT || (format === PLAN_FORMAT - 1 && format > 0);
  return isKnown ? undefined : `the plan has format ${format}; known is ${PLAN_FORMAT}`;
}

/** Hosts that leave the rotation together. */
function leaving(steps: RolloutPlan["steps"]): readonly (readonly string[])[] {
  return steps.flatMap((step) => (isWork(step) && takesOut(step) ? [step.hosts] : []));
}

function batchesOf(steps: RolloutPlan["steps"]): readonly (readonly string[])[] {
  return steps.flatMap((step) => (step.kind === "activate-release" ? [step.hosts] : []));
}

/** `recreate` takes the service down everywhere on purpose, so zones don't matter to it. */
function spansZones({ target }: TargetPlan, hosts: readonly string[]): boolean {
  return target.strategy.kind !== "recreate" && new Set(hosts.map((host) => target.zones[host])).size > 1;
}

function isVerified(deployment: Deployment, track: RolloutTrack, host: string, goal: ReleaseId): boolean {
  const { facts, prepare, progress } = deployment;
  const known = facts[host];
  if (known === undefined) return false;
  const staging = [...(prepare?.steps ?? []).entries()].filter(
    ([, { kind }]) => kind === "upload-artifact" || kind === "install-unit",
  );
  if (track === "rollout" && staging.length > 0) {
    return staging.every(([index]) => progress.prepare.get(index)?.get(host)?.outcome?.kind === "done");
  }
  const slots = Object.values(known.slots ?? {}).flatMap(({ current, previous }) => [current, previous]);
  const present = [
    known.current,
    known.previous,
    ...slots,
    ...Object.keys(known.releases),
    NO_RELEASE,
    ADOPTED_RELEASE,
  ];
  return present.includes(goal);
}
