/** Whether a side can take requests, in the eyes of the proxies that would send them. */
import type { MemberName, Side, TrafficState } from "../core/traffic.ts";
import { inRotation, isWayBack, proxyTitle } from "./members.ts";
import type { StepContext } from "./step.ts";

/**
 * Why it can't, if so: a switch before the proxies see the copies up costs errors. On the way back one is enough:
 * a host that is down anyway must not keep users on a release that they have to leave.
 */
export function whyNotUp(states: readonly TrafficState[], side: Side, context: StepContext): string | undefined {
  const leftBehind = isWayBack(context) ? [] : context.deployment.leftBehind;
  for (const state of states) {
    const names = inRotation(state, side).filter((name) => !leftBehind.includes(name.slice(side.length + 1)));
    if (names.length === 0) return `${proxyTitle(state)} has no copy of the side ${side} in rotation`;
    const down = names.filter((name: MemberName) => state.members[name]!.up === false);
    const tooMany = isWayBack(context) ? down.length === names.length : down.length > 0;
    if (tooMany) return `${proxyTitle(state)} says that ${down.join(", ")} is not up`;
  }
  return undefined;
}
