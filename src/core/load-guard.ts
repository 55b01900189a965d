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

/** @param wanted hosts that the plan would take out of rotation now, none of which is out yet */
export function allowedByLoad(deployment: Deployment, wanted: readonly string[], now: number): Allowance {
  const { observed, overriddenBy } = deployment;
  const { limits, hosts } = targetOf(deployment);
  const out = hostsOut(deployment);
  const serving = hosts.filter((host) => !out.has(host));
  const isFirst = wanted.every((host) => deployment.rollout?.targets[0].before[host] === NO_RELEASE);
  const isOff = limits.load >= 1 || overriddenBy !== undefined || isFirst || serving.length <= wanted.length;
  if (isOff) return { kind: "go", hosts: wanted };

  const loads = serving.flatMap((host) => observed.loads[host] ?? []);
  if (loads.length === 0 || now - observed.until > freshMilliseconds) {
    if (now < lookUntil(deployment)) return { kind: "look" };
    return {
      kind: "go",
      hosts: wanted,
      without: "the load of no host is known, so the capacity guard can't protect them",
    };
  }
  if (observed.queued > 0) {
    return {
      kind: "hold",
      reason: `${observed.queued} request(s) wait at the proxy already, so no host may leave now`,
    };
  }
  // Hosts that could not be asked are taken to be as busy as the others.
  const busy = (total(loads) / loads.length) * serving.length * growth(deployment, loads);
  for (let count = wanted.length; count > 0; count -= 1) {
    if (busy / (serving.length - count) <= limits.load) return { kind: "go", hosts: wanted.slice(0, count) };
  }
  return { kind: "hold", reason: heldMessage(loads, busy, serving.length, limits.load) };
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

function heldMessage(loads: readonly number[], busy: number, serving: number, limit: number): string {
  const average = percent(total(loads) / loads.length);
  const after = percent(busy / (serving - 1));
  return `${serving} host(s) are ${average} busy on average; with one less they would be ${after}, and the limit is ${percent(limit)}`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0);
}
