/**
 * Which testbeds exist on this machine, who owns them, and taking them down.
 *
 * What exists is read from the system: links, namespaces, mounts, loop devices, control groups and processes
 * carry the run's name. The files of a run say only who owns it.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

import { killGroup, removeGroups, topGroups } from "./cgroup.ts";
import { attempt, until } from "./command.ts";
import { loopDevicesUnder, mountsUnder, unmountUnder } from "./disk.ts";
import { namesOfRun, runName, type RunNames, stateRoot } from "./names.ts";

const netnsRoot = "/run/netns";
/** A run's directory until its owner is written down; only the holder of the lock has one. */
const unclaimed = "new-";

interface Owner {
  readonly pid: number;
  readonly startedAt: string;
  /** Meant to outlive the process that started it, until somebody takes it down. */
  readonly kept: boolean;
}

const listing = (directory: string): string[] => (existsSync(directory) ? readdirSync(directory) : []);

/** A pid alone may by now belong to somebody else; with its start time it does not. */
function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}

export function ownerOf(run: string): "alive" | "dead" | "kept" {
  try {
    const owner = JSON.parse(readFileSync(join(namesOfRun(run).directory, "owner.json"), "utf8")) as Owner;
    if (owner.kept) return "kept";
    return startTimeOf(owner.pid) === owner.startedAt ? "alive" : "dead";
  } catch {
    return "dead";
  }
}

function pidOfOwner(run: string): number | undefined {
  try {
    return (JSON.parse(readFileSync(join(namesOfRun(run).directory, "owner.json"), "utf8")) as Owner).pid;
  } catch {
    return undefined;
  }
}

/** Every trace of a run on this machine, in words; empty when nothing is left of it. */
export function tracesOf(run: string): string[] {
  const mine = (name: string): boolean => runName.exec(name)?.[0] === run;
  const { directory } = namesOfRun(run);
  return [
    ...[...new Set(topGroups())].filter(mine).map((name) => `control group ${name}`),
    ...processesNaming(run).map((pid) => `process ${pid}`),
    ...listing("/sys/class/net")
      .filter(mine)
      .map((name) => `link ${name}`),
    ...listing(netnsRoot)
      .filter(mine)
      .map((name) => `network namespace ${name}`),
    ...mountsUnder(directory).map((path) => `mount ${path}`),
    ...loopDevicesUnder(directory).map((device) => `loop device ${device}`),
    ...(existsSync(directory) ? [`directory ${directory}`] : []),
  ];
}

/** All runs of which anything exists. */
export function everyRun(): string[] {
  const places = [
    ...topGroups(),
    ...listing("/sys/class/net"),
    ...listing(netnsRoot),
    ...listing(stateRoot),
    ...mountsUnder(stateRoot).map((mount) => mount.slice(stateRoot.length + 1)),
  ];
  const runs = new Set(places.flatMap((name) => runName.exec(name)?.[0] ?? []));
  return [...runs].sort();
}

/** Processes of the run outside of its control groups: supervisors about to join, and connections to its hosts. */
function processesNaming(run: string): number[] {
  const { directory } = namesOfRun(run);
  return listing("/proc").flatMap((entry) => {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) return [];
    try {
      const [program = "", ...words] = readFileSync(`/proc/${entry}/cmdline`, "utf8").split("\0");
      const ours = ["unshare", "sh", "systemd-nspawn", "ssh"].includes(basename(program));
      return ours && words.some((word) => word.includes(`${directory}/`)) ? [Number(entry)] : [];
    } catch {
      return [];
    }
  });
}

/**
 * Takes a run down, whatever state it is in; throws and names what did not go.
 *
 * Goes over everything again until nothing is left: the owner may have been killed a moment ago,
 * with commands under way that still finish.
 */
async function dismantleLocked(run: string): Promise<void> {
  let trouble: unknown;
  await until(`nothing is left of ${run}`, 40, async () => {
    try {
      await dismantleOnce(run);
    } catch (error) {
      trouble = error;
    }
    return tracesOf(run).length === 0 || undefined;
  }).catch((error: unknown) => {
    throw new Error(`${run} is not all gone: ${tracesOf(run).join(", ")}`, { cause: trouble ?? error });
  });
  // "ip netns add" has left a mount of its own behind.
  if (listing(netnsRoot).length === 0) await attempt(["umount", netnsRoot]);
}

/** Takes down a run of this process, a kept one, or what a dead owner left; never what by now is somebody else's. */
export function dismantle(run: string): Promise<void> {
  return locked(async () => {
    const pid = pidOfOwner(run);
    if (ownerOf(run) === "alive" && pid !== process.pid)
      throw new Error(`${run} belongs to the process ${pid}; end that`);
    await dismantleLocked(run);
  });
}

async function dismantleOnce(run: string): Promise<void> {
  const { directory } = namesOfRun(run);
  for (const pid of processesNaming(run)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // Already gone.
    }
  }
  await killGroup(run);
  await unmountUnder(directory);
  const named = (name: string): boolean => name === run || name.startsWith(`${run}-`);
  for (const name of listing(netnsRoot).filter(named)) await attempt(["ip", "netns", "delete", name]);
  for (const name of listing("/sys/class/net").filter(named)) await attempt(["ip", "link", "delete", name]);
  await removeGroups(run);
  // Last, because it says who owns the rest.
  rmSync(directory, { recursive: true, force: true });
}

/** Takes down what dead owners left behind; the names of those runs. */
export function sweep(): Promise<string[]> {
  return locked(sweepLocked);
}

async function sweepLocked(): Promise<string[]> {
  const left = everyRun().filter((run) => ownerOf(run) === "dead");
  for (const run of left) await dismantleLocked(run);
  for (const name of listing(stateRoot).filter((name) => name.startsWith(unclaimed)))
    rmSync(join(stateRoot, name), { recursive: true });
  return left;
}

/** A new run's names, after a sweep; this process owns it unless it is to be kept. */
export function claimRun(kept: boolean): Promise<RunNames> {
  return locked(async () => {
    await sweepLocked();
    const taken = new Set(everyRun());
    const run = Array.from({ length: 256 }, (_, number) => `sbx-${number}`).find((run) => !taken.has(run));
    if (run === undefined) throw new Error("256 testbeds run on this machine already");
    const names = namesOfRun(run);
    const owner: Owner = { pid: process.pid, startedAt: startTimeOf(process.pid) ?? "", kept };
    // A directory without an owner would be taken for a leftover, so it appears with one.
    const beginning = join(stateRoot, `${unclaimed}${process.pid}`);
    mkdirSync(beginning, { recursive: true });
    writeFileSync(join(beginning, "owner.json"), JSON.stringify(owner));
    renameSync(beginning, names.directory);
    return names;
  });
}

/** One at a time on the whole machine; a holder that is killed lets go. */
async function locked<T>(work: () => Promise<T>): Promise<T> {
  mkdirSync(stateRoot, { recursive: true, mode: 0o711 });
  const holder = spawn("flock", [join(stateRoot, "lock"), "sh", "-c", "echo held; exec cat"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  await new Promise((resolve, reject) => {
    holder.stdout.once("data", resolve);
    holder.once("error", reject);
  });
  try {
    return await work();
  } finally {
    const ended = new Promise((resolve) => holder.once("close", resolve));
    holder.stdin.end();
    await ended;
  }
}
