/** Real systemd hosts on this machine, for tests, the demo and benchmarks. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { createGroups } from "./cgroup.ts";
import { inParallel } from "./command.ts";
import type { HostFacts, TestbedFacts } from "./facts.ts";
import { TestbedHost } from "./host.ts";
import { createHostIdentity, createLoginKeys, writeClientFiles } from "./identity.ts";
import { readyImage } from "./image.ts";
import { type HostNames, namesOfHost, namesOfRun, type RunNames } from "./names.ts";
import { connect, createBridge } from "./network.ts";
import { claimRun, dismantle } from "./runs.ts";

export interface TestbedOptions {
  readonly hosts: readonly string[];
  readonly memoryBytes?: number;
  readonly diskBytes?: number;
  /** Stays when this process ends, until `node testbed/main.ts down`. */
  readonly kept?: boolean;
  readonly say?: (line: string) => void;
}

export interface Testbed {
  /** Plain data, from which `attachTestbed` makes the same handles in another process. */
  readonly facts: TestbedFacts;
  readonly controllerAddress: string;
  readonly hosts: Readonly<Record<string, TestbedHost>>;
  host(name: string): TestbedHost;
  stop(): Promise<void>;
}

const gibibyte = 2 ** 30;

/** Boots the hosts and comes back when a login works and systemd has started everything on each of them. */
export async function startTestbed(options: TestbedOptions): Promise<Testbed> {
  const missing = whyImpossible();
  if (missing !== undefined) throw new Error(missing);
  const { say = () => {}, kept = false, memoryBytes = gibibyte, diskBytes = 2 * gibibyte } = options;
  if (options.hosts.length > 200) throw new Error("a testbed has at most 200 hosts");
  for (const name of options.hosts)
    if (!/^[a-z][a-z0-9-]{0,40}$/.test(name)) throw new Error(`"${name}" cannot be a host's name`);
  const image = await readyImage(say);
  const run = await claimRun(kept);
  try {
    say(`Booting ${options.hosts.length} hosts as ${run.run}`);
    allowManyHosts();
    await Promise.all([createLoginKeys(run), createBridge(run)]);
    const fleet = options.hosts.map((name, index) => namesOfHost(run.run, name, index));
    const hosts = await inParallel(fleet, 8, async (names) => factsOf(names, run, await createHostIdentity(names)));
    const facts = { ...commonFacts(run), image, memoryBytes, diskBytes, hosts };
    writeClientFiles(run, hosts);
    writeFileSync(factsFile(run), JSON.stringify(facts, null, 2));
    const testbed = attachTestbed(facts);
    await inParallel(fleet, 8, (names) => firstBoot(names, testbed.host(names.name), memoryBytes));
    return testbed;
  } catch (error) {
    await dismantle(run.run);
    throw error;
  }
}

async function firstBoot(names: HostNames, host: TestbedHost, memoryBytes: number): Promise<void> {
  createGroups(names.cgroup, memoryBytes);
  await connect(names);
  try {
    await host.reset();
  } catch (error) {
    throw new Error(`${names.name} did not boot: ${(error as Error).message}`, { cause: error });
  }
}

/** Handles for a testbed that was started elsewhere. */
export function attachTestbed(facts: TestbedFacts): Testbed {
  const hosts = Object.fromEntries(facts.hosts.map((host) => [host.name, new TestbedHost(facts, host)]));
  return {
    facts,
    controllerAddress: facts.controllerAddress,
    hosts,
    host(name) {
      const found = hosts[name];
      if (!found) throw new Error(`this testbed has no host ${name}, only ${Object.keys(hosts).join(", ")}`);
      return found;
    },
    stop: () => dismantle(facts.run),
  };
}

/** The facts of a running testbed, by its name. */
export function readFacts(run: string): TestbedFacts {
  return JSON.parse(readFileSync(factsFile(namesOfRun(run)), "utf8")) as TestbedFacts;
}

const factsFile = (run: RunNames): string => join(run.directory, "facts.json");

/** Why this machine cannot carry hosts, in one sentence; undefined when it can. */
export function whyImpossible(): string | undefined {
  if (process.platform !== "linux") return "Real hosts need Linux: they are systemd-nspawn containers.";
  if (process.getuid?.() !== 0) return "Real hosts need root, for mounts, network namespaces and control groups.";
  const missing = ["systemd-nspawn", "mmdebstrap", "ip", "mkfs.ext4", "xfs_io", "ssh-keygen", "flock"].filter(
    (program) => !["/usr/sbin", "/usr/bin", "/sbin", "/bin"].some((directory) => existsSync(join(directory, program))),
  );
  return missing.length > 0 ? `Real hosts need ${missing.join(", ")}; "npm test" installs them.` : undefined;
}

function commonFacts(
  run: RunNames,
): Pick<TestbedFacts, "run" | "controllerAddress" | "knownHostsFile" | "sshConfigFile"> {
  const { controllerAddress, knownHosts, sshConfig } = run;
  return { run: run.run, controllerAddress, knownHostsFile: knownHosts, sshConfigFile: sshConfig };
}

function factsOf(host: HostNames, run: RunNames, hostKey: string): HostFacts {
  const index = Number(host.address.split(".")[3]) - 11;
  const keys = { identityFile: run.keys.user, rootIdentityFile: run.keys.root };
  return { name: host.name, index, address: host.address, port: 22, user: "deploy", hostKey, ...keys };
}

/** Each systemd uses several inotify instances of the one kernel; the default is used up near 30 hosts. */
function allowManyHosts(): void {
  const setting = "/proc/sys/fs/inotify/max_user_instances";
  if (Number(readFileSync(setting, "utf8")) < 8192) writeFileSync(setting, "8192");
}
