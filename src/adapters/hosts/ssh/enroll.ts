import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { HostUnreachable, type Hosts } from "../../../ports/hosts.ts";
import { checkAddress } from "./address.ts";
import { explainFailure, type Printed } from "./explain-failure.ts";
import { shellQuote } from "./quote.ts";
import { startSsh } from "./ssh-process.ts";

/** A public key that a machine shows. Nothing is known about it until a person has compared the fingerprint. */
export interface ShownHostKey {
  readonly type: string;
  /** As it is pinned in the configuration: `ssh-ed25519 AAAA...`. */
  readonly key: string;
  /** As `ssh-keygen -lf` prints it on the machine's own console: `SHA256:...`. */
  readonly fingerprint: string;
}

/** How OpenSSH gets to the jump host: what `sharedConnection` of that host gives. */
export type JumpConnection = Awaited<ReturnType<Hosts["sharedConnection"]>>;

/** Modern first. Each is asked for by itself, because OpenSSH shows one key per handshake. */
const algorithms = ["ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-512"] as const;

/**
 * The host keys that a machine shows, without a login and without trust in any of them.
 *
 * They come over the network that they are to protect from. So they are shown for a person to compare, and never
 * pinned by the program alone.
 *
 * @throws {HostUnreachable} when it shows none
 */
export async function scanHostKeys(
  address: string,
  port: number,
  jump?: JumpConnection,
): Promise<readonly ShownHostKey[]> {
  const host = { name: "scanned", user: "nobody", address, port, hostKeys: [] };
  checkAddress(host);

  const directory = await mkdtemp(join(tmpdir(), "signalbox-scan-"));
  try {
    const scans = await Promise.all(
      algorithms.map((algorithm) => scan(address, port, algorithm, join(directory, algorithm), jump)),
    );
    const shown = scans.flatMap(({ keys }) => keys);
    if (shown.length > 0) return shown;

    const way = jump === undefined ? [] : [{ ...host, name: jump.destination }];
    const { because, message } = explainFailure({ ...host, name: address }, scans[0] ?? { log: "", noise: "" }, way);
    throw new HostUnreachable(address, because, false, message);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** What `ssh-keygen -lf` prints for a public key. */
export function fingerprintOf(key: string): string {
  const blob = Buffer.from(key.split(" ")[1] ?? "", "base64");

  return `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`;
}

/** One handshake that ends where the login would begin. What OpenSSH would then know goes to a file of its own. */
async function scan(
  address: string,
  port: number,
  algorithm: string,
  file: string,
  jump: JumpConnection | undefined,
): Promise<Printed & { readonly keys: readonly ShownHostKey[] }> {
  const through =
    jump && [jump.program, ...jump.argv, "-W", "[%h]:%p", "--", jump.destination].map(shellQuote).join(" ");
  const options = [
    "HostKeyAlias=scanned",
    `HostKeyAlgorithms=${algorithm}`,
    "StrictHostKeyChecking=accept-new",
    `UserKnownHostsFile=${file}`,
    "GlobalKnownHostsFile=/dev/null",
    "HashKnownHosts=no",
    "UpdateHostKeys=no",
    "BatchMode=yes",
    "PreferredAuthentications=none",
    "ConnectTimeout=10",
    "LogLevel=ERROR",
    ...(through === undefined ? [] : [`ProxyCommand=${through}`]),
  ];
  const argv = [
    "-F",
    "none",
    "-E",
    `${file}.log`,
    ...options.flatMap((option) => ["-o", option]),
    "-N",
    "-p",
    `${port}`,
  ];
  const ssh = await startSsh([...argv, "-l", "nobody", "--", address]);

  ssh.stdin.end();
  ssh.stdout.resume();
  let noise = "";
  ssh.stderr.on("data", (chunk: Buffer) => (noise = (noise + chunk.toString()).slice(-4096)));
  await once(ssh, "close");

  const known = await readFile(file, "utf8").catch(() => "");
  const keys = known.split("\n").flatMap((line) => /^scanned (\S+) (\S+)$/.exec(line)?.slice(1).join(" ") ?? []);
  return {
    keys: keys.map((key) => ({ type: key.split(" ")[0] as string, key, fingerprint: fingerprintOf(key) })),
    log: await readFile(`${file}.log`, "utf8").catch(() => ""),
    noise,
  };
}
