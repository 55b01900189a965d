/** Which side of a service serves before a rollout, and which one the candidate gets. */
import type { Target } from "./service.ts";
import type { Side, TrafficFacts } from "./traffic.ts";
import { capabilitiesOf, otherSide } from "./traffic.ts";

/** Where the content of a deployment comes from, by its kind alone. */
type OriginKind = "revision" | "artifact" | "release" | "return" | "restart";

export interface Sides {
  /** The side that serves before. */
  readonly baseline: Side;
  /** The side that serves afterwards; the same one where hosts are exchanged in their places. */
  readonly candidate: Side;
}

/** Nothing where there is no way to tell one side from the other. */
export function sidesOf(target: Target, traffic: TrafficFacts | undefined, inPlace: boolean): Sides | undefined {
  if (traffic === undefined) return undefined;
  const baseline = traffic.active;
  return { baseline, candidate: inPlace || !changesSide(target) ? baseline : otherSide(baseline) };
}

function changesSide({ strategy, slots, traffic }: Target): boolean {
  if (!capabilitiesOf(traffic).shares) return false;
  return (
    strategy.kind === "blue-green" || strategy.kind === "canary" || (strategy.kind === "rolling" && slots !== undefined)
  );
}

/** Hosts keep their places: only some of them are meant, or the same release is started anew. */
export function isInPlace({ others }: Target, origin: OriginKind): boolean {
  return others !== undefined || origin === "restart";
}

/**
 * The strategy by which this comes about. A way back tries nothing out, and a first release has nothing to be compared
 * with: with two copies it is one switch, and otherwise hosts are exchanged one by one.
 */
export function withStrategyFor(target: Target, origin: OriginKind, isFirst: boolean): Target {
  const { strategy, slots } = target;
  const oneByOne: Target["strategy"] = { kind: "rolling", options: { batch: 1, soakSeconds: 0 } };
  if (strategy.kind === "recreate" || strategy.kind === "rolling") return target;
  if (strategy.kind !== "canary" || !(origin === "return" || isFirst)) return target;
  const { keepWarmSeconds } = strategy.options;
  return { ...target, strategy: slots === undefined ? oneByOne : { kind: "blue-green", options: { keepWarmSeconds } } };
}
