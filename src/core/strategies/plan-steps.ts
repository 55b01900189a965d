/** From a target to the steps of its strategy. */
import type { Target } from "../service.ts";
import type { RolloutStep } from "../step.ts";
import { capabilitiesOf } from "../traffic.ts";
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
    floor: target.limits.floor,
    traffic: capabilitiesOf(target.traffic),
    slots: target.slots !== undefined,
  };
}

/** The steps of the target's strategy over its hosts. */
export function planSteps(target: Planned, start: Start): readonly RolloutStep[] {
  const input = inputOf(target, start);
  const { strategy } = target;
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
