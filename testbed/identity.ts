/** Who a host is: its name, its ids, its host key, and whose keys may log in. */
import { randomBytes } from "node:crypto";
import { appendFileSync, chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { must } from "./command.ts";
import type { HostFacts } from "./facts.ts";
import type { HostNames, RunNames } from "./names.ts";

const keygen = (file: string, comment: string): Promise<string> =>
  must(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", file]);

/** The keys that `deploy` and `builder`, and apart from them root, log in with. */
export async function createLoginKeys({ keys, run }: RunNames): Promise<void> {
  await Promise.all([keygen(keys.user, `user@${run}`), keygen(keys.root, `root@${run}`)]);
}

/** Kept beside the disk, so that a host that is set up anew is still the one its peers have pinned. */
export async function createHostIdentity(host: HostNames): Promise<string> {
  mkdirSync(host.directory, { recursive: true });
  const key = join(host.directory, "host-key");
  if (!existsSync(key)) {
    await keygen(key, host.name);
    writeFileSync(join(host.directory, "machine-id"), `${randomBytes(16).toString("hex")}\n`);
  }
  const [type, publicKey] = readFileSync(`${key}.pub`, "utf8").split(" ");
  return `${type} ${publicKey}`;
}

/** Writes the identity into the mounted root. */
export function installIdentity(host: HostNames, run: RunNames, fleet: readonly HostNames[]): void {
  const put = (path: string, content: string, mode = 0o644): void =>
    writeFileSync(join(host.root, path), content, { mode });
  const kept = (name: string): string => readFileSync(join(host.directory, name), "utf8");
  put("etc/hostname", `${host.name}\n`);
  put("etc/machine-id", kept("machine-id"));
  put("etc/ssh/ssh_host_ed25519_key", kept("host-key"), 0o600);
  put("etc/ssh/ssh_host_ed25519_key.pub", kept("host-key.pub"));
  put("etc/hosts", ["127.0.0.1 localhost", `${run.controllerAddress} controller`, ""].join("\n"));
  for (const { address, name } of fleet) appendFileSync(join(host.root, "etc/hosts"), `${address} ${name}\n`);

  const userKey = readFileSync(`${run.keys.user}.pub`, "utf8");
  put("root/.ssh/authorized_keys", readFileSync(`${run.keys.root}.pub`, "utf8"), 0o600);
  for (const [user, uid] of Object.entries({ deploy: 1000, builder: 1001 })) {
    put(`home/${user}/.ssh/authorized_keys`, userKey, 0o600);
    chownSync(join(host.root, `home/${user}/.ssh/authorized_keys`), uid, uid);
  }
}

/** Files for a person's own ssh: `ssh -F <ssh_config> web-1`. */
export function writeClientFiles(run: RunNames, hosts: readonly HostFacts[]): void {
  writeFileSync(run.knownHosts, hosts.map(({ address, hostKey }) => `${address} ${hostKey}\n`).join(""));
  const entries = hosts.map(({ name, address }) => `Host ${name}\n  HostName ${address}\n`).join("");
  const common = [
    "Host *",
    "  User deploy",
    `  IdentityFile ${run.keys.user}`,
    "  IdentitiesOnly yes",
    `  UserKnownHostsFile ${run.knownHosts}`,
    "  StrictHostKeyChecking yes",
  ];
  writeFileSync(run.sshConfig, `${entries}${common.join("\n")}\n`);
}
