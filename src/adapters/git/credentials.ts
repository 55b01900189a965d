/** How git logs in: by a program that prints the password, or by a key to a server whose own key is pinned. */
import { randomUUID } from "node:crypto";
import { access, constants, mkdir, rename, writeFile } from "node:fs/promises";
import { isAbsolute, join } from "node:path";

import { digestOf } from "../../core/digest.ts";
import type { Source } from "../../core/service.ts";
import { GitFailed } from "../../ports/git.ts";
import type { Address } from "./address.ts";

/** Where files for logging in may lie, and how long connections are kept. */
export interface Place {
  readonly directory: string;
  readonly warmSeconds: number;
}

export type Credentials = Pick<Source, "askpass" | "identityFile" | "hostKeys">;

/** For a repository on a server that the credentials were not meant for. */
export const noCredentials: Credentials = { hostKeys: [] };

/** Under this name the server's keys are known, whatever its address and port are. */
const keyAlias = "signalbox-git";

const hostKeyPattern =
  /^(?:ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)|sk-[a-z0-9@.-]+) [A-Za-z0-9+/]+=*(?: [ -~]*)?$/;

/** The variables that make git log in. No secret is in them, only where secrets are. */
export async function login(
  { askpass, identityFile, hostKeys }: Credentials,
  address: Address,
  place: Place,
): Promise<Readonly<Record<string, string>>> {
  const environment = { GIT_ALLOW_PROTOCOL: address.protocol, GIT_SSH_VARIANT: "ssh", GIT_SSH_COMMAND: "false" };
  if (address.protocol === "file") return environment;
  if (address.protocol !== "ssh") {
    if (askpass === undefined) return environment;
    await mustBeThere(askpass, constants.X_OK, "The program that prints the password (source.askpass)");
    return { ...environment, GIT_ASKPASS: askpass };
  }
  if (identityFile !== undefined) await mustBeThere(identityFile, constants.R_OK, "The key (source.identityFile)");
  const config = await writeSshConfig(identityFile, hostKeys, address, place);
  // The shell that git starts reads the path from the variable, so nothing needs quoting.
  return { ...environment, GIT_SSH_COMMAND: 'ssh -F "$SIGNALBOX_SSH_CONFIG"', SIGNALBOX_SSH_CONFIG: config };
}

async function mustBeThere(path: string, mode: number, what: string): Promise<void> {
  if (!isAbsolute(path)) throw new GitFailed("refused", `${what} needs an absolute path, not ${JSON.stringify(path)}.`);
  await access(path, mode).catch((error: Error) => {
    throw new GitFailed("refused", `${what} can't be used: ${error.message}.`);
  });
}

async function writeSshConfig(
  identityFile: string | undefined,
  hostKeys: readonly string[],
  address: Address,
  { directory, warmSeconds }: Place,
): Promise<string> {
  if (hostKeys.length === 0)
    throw new GitFailed(
      "refused",
      `The key of the git server at ${address.title} is not pinned, so anybody could stand in its place.\n` +
        "  Compare the server's fingerprint with what its operator publishes, then put the key into source.hostKeys.",
    );
  for (const key of hostKeys)
    if (!hostKeyPattern.test(key))
      throw new GitFailed(
        "refused",
        `${JSON.stringify(key.slice(0, 100))} is not a host key such as "ssh-ed25519 AAAA...".`,
      );
  const name = join("ssh", digestOf({ identityFile, hostKeys, warmSeconds }).slice(0, 32));
  const place = join(directory, name);
  await mkdir(place, { recursive: true, mode: 0o700 });
  const knownHosts = join(place, "known_hosts");
  await replace(knownHosts, hostKeys.map((key) => `${keyAlias} ${key}\n`).join(""));
  const config = join(place, "config");
  await replace(config, [...sshConfig(identityFile, knownHosts), ...keptOpen(name, warmSeconds), ""].join("\n"));
  return config;
}

/**
 * One connection for all questions to a git server within some time: setting one up takes longer than most answers.
 *
 * The path is relative to where git runs, since the address of a socket has no room for long ones.
 */
function keptOpen(name: string, warmSeconds: number): readonly string[] {
  if (warmSeconds === 0) return [];
  return ["ControlMaster auto", `ControlPath ${name}/%C`, `ControlPersist ${warmSeconds}`];
}

function sshConfig(identityFile: string | undefined, knownHosts: string): readonly string[] {
  return [
    "Host *",
    "BatchMode yes",
    "StrictHostKeyChecking yes",
    `HostKeyAlias ${keyAlias}`,
    "CheckHostIP no",
    `UserKnownHostsFile ${quoted(knownHosts)}`,
    "GlobalKnownHostsFile /dev/null",
    "UpdateHostKeys no",
    "PreferredAuthentications publickey",
    ...(identityFile === undefined ? [] : [`IdentityFile ${quoted(identityFile)}`, "IdentitiesOnly yes"]),
    "ClearAllForwardings yes",
    "PermitLocalCommand no",
    "ConnectTimeout 10",
    "ServerAliveInterval 5",
    "ServerAliveCountMax 3",
    "LogLevel ERROR",
  ];
}

/** A path as a value of ssh_config(5), where quotes group and % expands. */
function quoted(path: string): string {
  if (/["$\\\u0000-\u001f\u007f]/.test(path))
    throw new GitFailed("refused", `OpenSSH can't be given the path ${JSON.stringify(path)}; use one without " $ \\.`);
  return `"${path.replaceAll("%", "%%")}"`;
}

async function replace(path: string, content: string): Promise<void> {
  const temporary = `${path}.${randomUUID()}`;
  await writeFile(temporary, content, { mode: 0o600, flag: "wx" });
  await rename(temporary, path);
}
