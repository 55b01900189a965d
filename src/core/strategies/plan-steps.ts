/** From a target to the steps of its strategy. */
import type { Target } from "../service.ts";
import type { RolloutStep } from "../step.ts";
import type { Side } from "../traffic.ts";
import { capabilitiesOf } from "../traffic.ts";
import { inPlace } from "./in-place.ts";
import { strategies } from "./index.ts";
import type { RolloutInput } from "./strategy.ts";

type Planned = Pick<Target, "hosts" | "zones" | "limits" | "strategy" | "slots" | "traffic">;

/** Where the rollout begins, and whether hosts keep their places in it. */
type Start = Pick<RolloutInput, "active" | "inPlace">;

function inputOf(target: Planned, start: Start): RolloutInput {
  return {
    ...start,
    hosts: target.hosts,
    zoneOf: (host) => target.zones[host],
    sideOf: (host) => sideOfHost(target.strategy, host),
    floor: target.limits.floor,
    traffic: capabilitiesOf(target.traffic),
    slots: target.slots !== undefined,
  };
}

function sideOfHost(strategy: Target["strategy"], host: string): Side | undefined {
  const green = strategy.kind === "blue-green" ? strategy.options.green : undefined;
  if (green === undefined) return undefined;
  return green.includes(host) ? "green" : "blue";
}

/** The steps of the target's strategy over its hosts. */
export function planSteps(target: Planned, start: Start): readonly RolloutStep[] {
  const input = inputOf(target, start);
  const { strategy } = target;
  if (start.inPlace && strategy.kind !== "recreate" && strategy.kind !== "rolling") return inPlace(input);
  switch (strategy.kind) {
    case "recreate":
      return strategies.recreate.plan(input, strategy.options);
    case "rolling":
      return strategies.rolling.plan(input, strategy.options);
    case "blue-green":
      return strategies["blue-green"].plan(input, strategy.options);
    case "canary":
      return strategies.canary.plan(input, strategy.options);
  }
}
