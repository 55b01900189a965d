/** From a target to the steps of its strategy. */
import type { Target } from "../service.ts";
import type { RolloutStep } from "../step.ts";
import { strategies } from "./index.ts";
import type { RolloutInput } from "./strategy.ts";

/** The steps of the target's strategy over its hosts. */
export function planSteps(target: Pick<Target, "hosts" | "zones" | "limits" | "strategy">): readonly RolloutStep[] {
  const input: RolloutInput = {
    hosts: target.hosts,
    zoneOf: (host) => target.zones[host],
    floor: target.limits.floor,
  };
  const { strategy } = target;
  switch (strategy.kind) {
    case "recreate":
      return strategies.recreate.plan(input, strategy.options);
    case "rolling":
      return strategies.rolling.plan(input, strategy.options);
  }
}
