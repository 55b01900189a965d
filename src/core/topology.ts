/** Where services run: hosts, their zones, and which of them belong to an environment. */

/** A machine that is reached over SSH. */
export interface Host {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly user: string;
  /** Pinned public keys. A host without one can be configured and enrolled, but not deployed to. */
  readonly hostKeys: readonly string[];
  /** A failure domain; hosts of two zones are never out of rotation at once. */
  readonly zone?: string;
  /** Another host of the fleet to go through. */
  readonly jump?: string;
  readonly identityFile?: string;
}

/** All hosts of an installation by name. */
export type Fleet = ReadonlyMap<string, Host>;

/** Hosts in their order, grouped into the zones they belong to; hosts without a zone form one together. */
export function byZone(
  hosts: readonly string[],
  zoneOf: (host: string) => string | undefined,
): readonly (readonly string[])[] {
  const zones = new Map<string, string[]>();
  for (const host of hosts) {
    const zone = zoneOf(host) ?? "";
    zones.set(zone, [...(zones.get(zone) ?? []), host]);
  }
  return [...zones.values()];
}
