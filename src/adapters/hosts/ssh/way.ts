import { HostUnreachable, type HostAddress } from "../../../ports/hosts.ts";
import { checkAddress } from "./address.ts";
import { where } from "./explain-failure.ts";

/** A host, then the one it is reached through, and so on outwards. */
export type Way = readonly [HostAddress, ...HostAddress[]];

export type FindHost = (name: string) => HostAddress | undefined;

/**
 * Everything that must be known before OpenSSH is started at all.
 *
 * @throws {HostUnreachable} when a name is not configured or a host has no pinned key
 * @throws {RefusedAddress} when something of it could mean more than a name to OpenSSH
 */
export function wayTo(name: string, find: FindHost): Way {
  const host = known(name, name, find);
  const way: [HostAddress, ...HostAddress[]] = [host];

  for (let at = host; at.jump !== undefined; at = way.at(-1) as HostAddress) {
    if (way.some((passed) => passed.name === at.jump)) {
      throw new HostUnreachable(name, "jump-host-failed", false, `${name}: its jump hosts lead back to ${at.jump}.`);
    }
    way.push(known(at.jump, name, find));
  }

  return way;
}

/** Whether the configuration still means the same machines, users and keys as when the way was taken. */
export function isStillTheWay(way: Way, find: FindHost): boolean {
  if (way.every((host) => find(host.name) === host)) return true;

  const now = wayTo(way[0].name, find);
  return way.length === now.length && way.every((host, index) => isSameHost(host, now[index] as HostAddress));
}

function isSameHost(one: HostAddress, other: HostAddress): boolean {
  return (
    one === other ||
    (one.name === other.name &&
      one.address === other.address &&
      one.port === other.port &&
      one.user === other.user &&
      one.jump === other.jump &&
      one.identityFile === other.identityFile &&
      one.hostKeys.join("\n") === other.hostKeys.join("\n"))
  );
}

function known(name: string, wanted: string, find: FindHost): HostAddress {
  const host = find(name);
  if (host === undefined) {
    throw new HostUnreachable(
      wanted,
      "name-not-found",
      false,
      `${wanted}: no host ${JSON.stringify(name)} is configured.`,
    );
  }

  checkAddress(host);
  if (host.hostKeys.length === 0) {
    const next = `Next: signalbox hosts enroll ${name} shows its fingerprint for you to confirm.`;
    throw new HostUnreachable(
      wanted,
      "host-key-unknown",
      false,
      `${where(host)}: it has no pinned host key.\n  ${next}`,
    );
  }

  return host;
}
