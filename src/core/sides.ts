/** Which side of a service serves before a rollout, and which one the candidate gets. */
import type { HostFacts } from "./host-facts.ts";
import type { Origin } from "./plan.ts";
import { NO_RELEASE } from "./release.ts";
import type { Target } from "./service.ts";
import type { Side, TrafficFacts } from "./traffic.ts";
import { capabilitiesOf, otherSide } from "./traffic.ts";

export interface Sides {
  /** The side that serves before. */
  readonly baseline: Side;
  /** The side that serves afterwards; the same one where hosts are exchanged in their places. */
  readonly candidate: Side;
}

/** Nothing where there is no way to tell one side from the other. */
export function sidesOf(
  target: Target,
  facts: Readonly<Record<string, HostFacts>>,
  traffic: TrafficFacts | undefined,
  inPlace: boolean,
): Sides | undefined {
  if (traffic === undefined) return undefined;
  if (inPlace) return { baseline: traffic.active, candidate: traffic.active };
  const baseline = serving(target, facts, traffic.active);
  return { baseline, candidate: changesSide(target) ? otherSide(baseline) : baseline };
}

/** Where nothing serves yet, a first rollout ends on the side that is active already. */
function serving({ slots, hosts }: Target, facts: Readonly<Record<string, HostFacts>>, active: Side): Side {
  if (slots === undefined) return active;
  const known = hosts.flatMap((host) => facts[host] ?? []);
  const isEmpty = known.every(({ slots }) => Object.values(slots).every(({ current }) => current === NO_RELEASE));
  return isEmpty ? otherSide(active) : active;
}

function changesSide({ strategy, slots, traffic }: Target): boolean {
  if (!capabilitiesOf(traffic).shares) return false;
  return (
    strategy.kind === "blue-green" || strategy.kind === "canary" || (strategy.kind === "rolling" && slots !== undefined)
  );
}

/** Hosts keep their places: only some of them are meant, or the same release is started anew. */
export function isInPlace({ partial }: Target, origin: Origin["kind"]): boolean {
  return partial === true || origin === "restart";
}

/**
 * The strategy by which this comes about. A way back tries nothing out: with two copies it is one switch, and
 * otherwise hosts are exchanged one by one.
 */
export function withStrategyFor(target: Target, origin: Origin["kind"]): Target {
  const { strategy, slots } = target;
  const oneByOne: Target["strategy"] = { kind: "rolling", options: { batch: 1, soakSeconds: 0 } };
  if (strategy.kind === "recreate" || strategy.kind === "rolling") return target;
  if (isInPlace(target, origin)) return { ...target, strategy: oneByOne };
  if (origin !== "return" || strategy.kind !== "canary") return target;
  const { keepWarmSeconds } = strategy.options;
  return { ...target, strategy: slots === undefined ? oneByOne : { kind: "blue-green", options: { keepWarmSeconds } } };
}
