/** Whether a side can take requests, in the eyes of the proxies that would send them. */
import type { MemberName, Side, TrafficState } from "../core/traffic.ts";
import { inRotation, proxyTitle } from "./members.ts";

/** Why it can't, if so: a switch before the proxies see the copies up costs errors. */
export function whyNotUp(states: readonly TrafficState[], side: Side): string | undefined {
  for (const state of states) {
    const names = inRotation(state, side);
    if (names.length === 0) return `${proxyTitle(state)} has no copy of the side ${side} in rotation`;
    const down = names.filter((name: MemberName) => state.members[name]!.up === false);
    if (down.length > 0) return `${proxyTitle(state)} says that ${down.join(", ")} is not up`;
  }
  return undefined;
}
