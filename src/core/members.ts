/** Which running copies of a service its proxies know. */
import type { Target } from "./service.ts";
import { sides } from "./traffic.ts";
import type { Member } from "./traffic.ts";

/**
 * All members of a service. With slots each host is on both sides, in the slot that is called like the side. With
 * green hosts of its own (blue-green on separate hosts) each host is on one. Otherwise each host is on both, in one
 * slot, and only one of the two is ever in rotation.
 */
export function membersOf(target: Pick<Target, "hosts" | "slot" | "slots" | "port" | "strategy">): readonly Member[] {
  const { hosts, slot, slots, port = 0, strategy } = target;
  if (slots !== undefined) {
    return sides.flatMap((side) => hosts.map((host) => ({ side, host, slot: side, port: slots.ports[side] })));
  }
  const green = strategy.kind === "blue-green" ? strategy.options.green : undefined;
  if (green !== undefined) {
    return hosts.map((host) => ({ side: green.includes(host) ? "green" : "blue", host, slot, port }));
  }
  return sides.flatMap((side) => hosts.map((host) => ({ side, host, slot, port })));
}
