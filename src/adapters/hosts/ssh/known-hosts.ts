import type { HostAddress } from "../../../ports/hosts.ts";

/**
 * The pinned keys of a host as OpenSSH reads them, under its name.
 *
 * `HostKeyAlias` makes OpenSSH look the name up instead of the address, so a host that moves keeps its keys, and a
 * host that takes over the address of another one does not get them.
 */
export function knownHosts(host: HostAddress): string {
  return host.hostKeys
    .map((key) => {
      const [, authority = "", type, encoded] = /^(@cert-authority )?(\S+) (\S+)/.exec(key) ?? [];
      return `${authority}${host.name} ${type} ${encoded}\n`;
    })
    .join("");
}
