/** Where a copy of a service is on a host: its slot and the port that it has there. */
import type { ReleaseId } from "../core/release.ts";
import type { Target } from "../core/service.ts";
import { sides } from "../core/traffic.ts";

export interface SlotPlace {
  readonly slot: string;
  readonly port?: number;
}

/** What a slot of a host is to serve. */
export interface Activation extends SlotPlace {
  readonly goal: ReleaseId;
}

/** @param slot missing: the one slot of a service that has only one */
export function placeOf(target: Pick<Target, "slot" | "slots" | "port">, slot = target.slot): SlotPlace {
  const side = sides.find((one) => one === slot);
  const port = (side === undefined ? undefined : target.slots?.ports[side]) ?? target.port;
  return { slot, ...(port === undefined ? {} : { port }) };
}

/** The unit that runs in a slot. */
export function unitName({ service }: Pick<Target, "service">, slot: string): string {
  return `${service}@${slot}.service`;
}
