/** How a fleet is cut into batches. */
import { byZone } from "./topology.ts";

export interface BatchRules {
  /** A number of hosts, or a share of all such as `25%` (rounded down, at least one). */
  readonly size: number | `${number}%`;
  readonly zoneOf: (host: string) => string | undefined;
  /** Hosts that must stay in rotation while a batch is out of it. */
  readonly floor: number;
  /** Whether the first batch is one host, on which a release is tried. Default true. */
  readonly firstAlone?: boolean;
}

/**
 * Cuts hosts into batches: the first batch is one host (unless that was tried before), no batch spans two zones, and
 * no batch takes the hosts that stay below the floor.
 *
 * @throws {RangeError} when the floor leaves no host free to be taken out
 */
export function batches(hosts: readonly string[], rules: BatchRules): readonly (readonly string[])[] {
  const largest = largestBatch(hosts.length, rules);
  const zones = byZone(hosts, rules.zoneOf);
  const [firstZone, ...otherZones] = zones;
  if (firstZone === undefined) return [];
  if (rules.firstAlone === false) return zones.flatMap((zone) => chunks(zone, largest));

  const [canary, ...restOfFirst] = firstZone;
  return [[canary!], ...chunks(restOfFirst, largest), ...otherZones.flatMap((zone) => chunks(zone, largest))];
}

/** The most hosts that may be out of rotation at once under the rules. */
export function largestBatch(fleetSize: number, { size, floor }: Pick<BatchRules, "size" | "floor">): number {
  const spare = fleetSize - floor;
  if (fleetSize > 0 && spare < 1) {
    throw new RangeError(`a floor of ${floor} leaves none of ${fleetSize} host(s) free to be taken out of rotation`);
  }
  const wanted =
    typeof size === "number" ? size : Math.max(1, Math.floor((fleetSize * Number.parseInt(size, 10)) / 100));
  return Math.min(wanted, spare);
}

function chunks(hosts: readonly string[], size: number): string[][] {
  const result: string[][] = [];
  for (let start = 0; start < hosts.length; start += size) result.push(hosts.slice(start, start + size));
  return result;
}
