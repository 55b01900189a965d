/**
 * The capacity guard: hosts leave the rotation only when the others can carry the load meanwhile.
 *
 * Only the hosts' own processors tell: a proxy's counters look the same at half load and just before the collapse.
 * With the load u of each host that serves, k hosts may leave n when `sum(u) * peak / now / (n - k)` is at most the
 * limit, where peak / now is how much more there was at the busiest moment that was seen. A limit of 1 is no limit:
 * processors are never busier than that.
 */
import type { Deployment } from "./deployment.ts";
import { targetOf } from "./deployment.ts";
import { NO_RELEASE } from "./release.ts";
import { hostsOut } from "./rotation.ts";
import type { WorkStep } from "./step.ts";
import { WHOLE } from "./traffic.ts";

export type Allowance =
  | { readonly kind: "go"; readonly hosts: readonly string[]; readonly without?: string }
  /** Nobody may leave now, and this is why. */
  | { readonly kind: "hold"; readonly reason: string }
  /** The load is not known yet; it will be soon. */
  | { readonly kind: "look" };

/** A sample that is older says nothing about now. */
const freshMilliseconds = 60_000;
/** So long the first sample is waited for. */
const firstSampleMilliseconds = 30_000;

/**
 * Who may take part in the step now: hosts that leave the rotation, or the proxies where users are sent to a side.
 *
 * @param wanted the step's places that are ready for it, none of which is out yet
 */
export function allowedByLoad(
  deployment: Deployment,
  step: WorkStep,
  wanted: readonly string[],
  now: number,
): Allowance {
  const { observed } = deployment;
  const { limits } = targetOf(deployment);
  const load = loadAfter(deployment, step, wanted);
  if (load === undefined || isOff(deployment)) return { kind: "go", hosts: wanted };

  const loads = load.serving.flatMap((host) => observed.loads[host] ?? []);
  if (loads.length === 0 || now - observed.loadsAt > freshMilliseconds) return unknownLoad(deployment, wanted, now);
  if (observed.queued > 0) {
    const reason = `${observed.queued} request(s) wait at the proxy already, so no host may leave now`;
    return { kind: "hold", reason };
  }
  // Hosts that could not be asked are taken to be as busy as the others.
  const busy = (total(loads) / loads.length) * load.serving.length * growth(deployment, loads) * load.part;
  for (let count = wanted.length; count > 0; count -= 1) {
    if (busy <= limits.load * load.carriers(count)) return { kind: "go", hosts: wanted.slice(0, count) };
  }
  return { kind: "hold", reason: heldMessage(loads, busy / Math.max(1, load.carriers(1)), limits.load) };
}

interface LoadAfter {
  /** Hosts that serve now, on whichever side. */
  readonly serving: readonly string[];
  /** The part of all traffic that is about to have fewer hosts, or other ones. */
  readonly part: number;
  /** How many hosts carry it once so many have left. */
  readonly carriers: (leaving: number) => number;
}

/** Nothing where the step makes nobody busier, or nobody else is there. */
function loadAfter(deployment: Deployment, step: WorkStep, wanted: readonly string[]): LoadAfter | undefined {
  const { hosts, others = [], slots } = targetOf(deployment);
  const out = hostsOut(deployment);
  const serving = [...hosts, ...others].filter((host) => !out.has(host));
  const { sides, before } = deployment.rollout!.targets[0];
  const changesSide = sides !== undefined && sides.candidate !== sides.baseline;
  // Two copies on a host share its processors: who of them serves makes no difference.
  if (slots !== undefined && changesSide) return undefined;

  const { moved, share } = changesSide ? spread(deployment) : { moved: new Set<string>(), share: 0 };
  if (step.kind === "set-share" || step.kind === "switch-side") {
    const part = step.kind === "switch-side" ? 1 : step.share / WHOLE;
    return !changesSide || part <= share ? undefined : { serving, part, carriers: () => moved.size };
  }
  if (step.kind !== "drain" || wanted.every((host) => before[host] === NO_RELEASE)) return undefined;
  const stay = serving.filter((host) => !moved.has(host));
  if (share === 1 || stay.length <= wanted.length) return undefined;
  return { serving, part: 1 - share, carriers: (leaving) => stay.length - leaving };
}

/** Which hosts have come back on the candidate's side, and its part of the traffic. */
function spread({ rollout, progress }: Deployment): { readonly moved: ReadonlySet<string>; readonly share: number } {
  const moved = new Set<string>();
  let share = 0;
  for (const [index, step] of rollout!.steps.entries()) {
    const done = [...(progress.rollout.get(index) ?? [])].filter(([, { outcome }]) => outcome?.kind === "done");
    if (step.kind === "readmit") for (const [host] of done) moved.add(host);
    if (step.kind === "set-share" && done.length > 0) share = step.share / WHOLE;
    if (step.kind === "switch-side" && done.length > 0) share = 1;
  }
  return { moved, share };
}

function isOff(deployment: Deployment): boolean {
  return targetOf(deployment).limits.load >= 1 || deployment.overriddenBy !== undefined;
}

function unknownLoad(deployment: Deployment, wanted: readonly string[], now: number): Allowance {
  if (now < lookUntil(deployment)) return { kind: "look" };
  if (deployment.observed.peakLoad > 0)
    return { kind: "hold", reason: "nobody knows how busy the hosts are any more, although it was known before" };
  const without = "the load of no host is known, so the capacity guard can't protect them";
  return { kind: "go", hosts: wanted, without };
}

/** Where loads were seen before, they will be again: after a restart of the server, for example. */
function lookUntil(deployment: Deployment): number {
  const { observed, progressAt, admittedAt = 0 } = deployment;
  if (observed.peakLoad === 0) return admittedAt + firstSampleMilliseconds;
  return progressAt + targetOf(deployment).limits.progressSeconds * 1000;
}

/** How much more load there was at the busiest moment, at least as much as now. */
function growth({ observed }: Deployment, loads: readonly number[]): number {
  const now = total(Object.values(observed.loads));
  return now > 0 && loads.length > 0 ? Math.max(1, Math.min(observed.peakLoad / now, mostGrowth)) : 1;
}

/** The start of a release is a short peak of its own; it must not hold a rollout for ever. */
const mostGrowth = 1.25;

function heldMessage(loads: readonly number[], after: number, limit: number): string {
  const average = percent(total(loads) / loads.length);
  return `${loads.length} host(s) are ${average} busy on average; those that carry it then would be ${percent(after)}, and the limit is ${percent(limit)}`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0);
}
