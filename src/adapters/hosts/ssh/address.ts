import { isIPv6 } from "node:net";

import type { HostAddress } from "../../../ports/hosts.ts";

/** An address that is not handed to OpenSSH at all. */
export class RefusedAddress extends Error {
  override readonly name = "RefusedAddress";
}

const hostName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
const networkAddress = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252}[A-Za-z0-9])?$/;
const userName = /^[A-Za-z0-9_][A-Za-z0-9_.@+-]{0,63}$/;
const publicKey =
  /^(?:@cert-authority )?(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)|sk-(?:ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com) ([A-Za-z0-9+/]{40,}={0,2})(?: [^\0-\x1f]*)?$/;

/**
 * Refuses whatever could mean more to OpenSSH than a name: options, patterns, `%` tokens, quotes, further lines.
 *
 * The names become `Host` lines of a configuration file, so this is where injection ends.
 */
export function checkAddress(host: HostAddress): void {
  const refuse = (what: string, value: unknown): never => {
    throw new RefusedAddress(`${JSON.stringify(host.name)}: ${what} ${JSON.stringify(value)} is not usable for SSH.`);
  };

  if (!hostName.test(host.name)) refuse("the name", host.name);
  checkNetworkAddress(host.address, (value) => refuse("the address", value));
  if (!Number.isInteger(host.port) || host.port < 1 || host.port > 65535) refuse("the port", host.port);
  if (!userName.test(host.user)) refuse("the user", host.user);
  if (host.jump !== undefined && !hostName.test(host.jump)) refuse("the jump host", host.jump);
  if (host.identityFile !== undefined && !isPlainPath(host.identityFile)) refuse("the key file", host.identityFile);
  for (const key of host.hostKeys) if (!isPublicKey(key)) refuse("the host key", key);
}

export function checkNetworkAddress(address: string, refuse: (value: string) => never): void {
  if (!networkAddress.test(address) && !isIPv6(address)) refuse(address);
  if (address.includes("%")) refuse(address);
}

/** A key as in a `.pub` file, whose encoded part says the same type as its first word. */
function isPublicKey(key: string): boolean {
  const [, type, encoded] = publicKey.exec(key) ?? [];
  if (type === undefined || encoded === undefined) return false;

  const blob = Buffer.from(encoded, "base64");
  return blob.readUInt32BE(0) === type.length && blob.toString("latin1", 4, 4 + type.length) === type;
}

function isPlainPath(path: string): boolean {
  return /^(?:\/|~\/)/.test(path) && !/[\0-\x1f"\\]|\$\{/.test(path);
}
