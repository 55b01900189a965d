/** Switches a host on and off, and reaches into it while it runs. */
import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";

import { groupDirectories, killGroup, processesIn } from "./cgroup.ts";
import { attempt, type CommandResult, until } from "./command.ts";
import type { HostNames } from "./names.ts";

/** Starts the host's systemd; it lives on without this process, until somebody switches it off. */
export function switchOn(host: HostNames): void {
  const log = openSync(host.supervisorLog, "a");
  const supervise = join(import.meta.dirname, "supervise.sh");
  const words = [supervise, host.run, host.name, host.directory, host.netnsPath, ...groupDirectories(host.cgroup)];
  const supervisor = spawn("unshare", ["--mount", ...words], { detached: true, stdio: ["ignore", log, log] });
  supervisor.unref();
  closeSync(log);
}

/** Ends all that runs in the host at once, without telling it. */
export const kill = (host: HostNames): Promise<void> => killGroup(host.cgroup);

/** The host's process 1, seen from outside; undefined while the host is off. */
export function leaderOf(host: HostNames): number | undefined {
  return processesIn(host.cgroup).find((pid) => {
    try {
      // One pid per namespace, ours first: process 1 of exactly one namespace further in.
      return /^NSpid:\t\d+\t1$/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
    } catch {
      return false;
    }
  });
}

export async function runAsRoot(
  host: HostNames,
  argv: readonly string[],
  options: { input?: string | Buffer } = {},
): Promise<CommandResult> {
  const leader = leaderOf(host);
  if (leader === undefined) throw new Error(`${host.name} is off, so "${argv.join(" ")}" cannot run there`);
  const enter = join(import.meta.dirname, "enter.sh");
  return attempt([enter, `${leader}`, ...groupDirectories(host.cgroup), "--", ...argv], options);
}

/** Changes with every boot; undefined while the host has not come far enough to ask. */
export async function bootIdOf(host: HostNames): Promise<string | undefined> {
  try {
    const { code, stdout } = await runAsRoot(host, ["timeout", "5", "cat", "/proc/sys/kernel/random/boot_id"]);
    return code === 0 ? stdout.trim() : undefined;
  } catch {
    // It went off between two looks.
    return undefined;
  }
}

/** Waits for a login to be possible and for systemd to be through with its start. */
export async function settled(host: HostNames): Promise<void> {
  try {
    await until(`sshd of ${host.name} answers`, 60, () => hasBanner(host.address));
    await until(`systemd on ${host.name} is running`, 60, async () => {
      if (leaderOf(host) === undefined) return undefined;
      const { stdout } = await runAsRoot(host, ["timeout", "60", "systemctl", "is-system-running", "--wait"]);
      // A host on which a unit has failed is up nevertheless.
      return ["running", "degraded"].includes(stdout.trim()) || undefined;
    });
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${await stateOf(host)}`, { cause: error });
  }
}

/** What somebody would look at first on a host that does not come up. */
export async function stateOf(host: HostNames): Promise<string> {
  const console = readFileSync(host.supervisorLog, "utf8").split("\n").slice(-20);
  if (leaderOf(host) === undefined) return ["It is off. The end of its console:", ...console].join("\n");
  const questions = ["systemctl list-jobs", "systemctl --failed --plain", "journalctl --boot --no-pager --lines=30"];
  const answers = await Promise.all(
    questions.map(async (line) => {
      const { stdout, stderr } = await runAsRoot(host, ["timeout", "10", ...line.split(" ")]);
      return `${line}:\n${stdout}${stderr}`;
    }),
  );
  return [...answers, "console:", ...console].join("\n");
}

/** Nothing has failed on a host that nobody has touched yet; otherwise the image or this machine is to blame. */
export async function refuseFailedUnits(host: HostNames): Promise<void> {
  const { stdout } = await runAsRoot(host, ["systemctl", "--failed", "--plain", "--no-legend"]);
  if (stdout !== "") throw new Error(`${host.name} has booted, but not all of its units have started:\n${stdout}`);
}

function hasBanner(address: string): Promise<true | undefined> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: address, port: 22, timeout: 1000 });
    const answer = (value: true | undefined): void => {
      socket.destroy();
      resolve(value);
    };
    socket.once("data", (data) => answer(data.toString().startsWith("SSH-") || undefined));
    for (const event of ["error", "timeout", "close"]) socket.once(event, () => answer(undefined));
  });
}
