/**
 * The control groups of a host: its memory limit, its freezer, and the list of all that runs in it.
 *
 * A host has a group of the same name in every hierarchy. On cgroup v1 the hierarchies are many and
 * two hosts in one group would take each other's services for their own; on v2 there is one.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { until } from "./command.ts";

interface Hierarchy {
  readonly mount: string;
  readonly version: 1 | 2;
  readonly controllers: readonly string[];
}

function hierarchies(): Hierarchy[] {
  const found: Hierarchy[] = [];
  for (const line of readFileSync("/proc/self/mounts", "utf8").split("\n")) {
    const [, mount, type, options] = line.split(" ");
    if (mount === undefined || options === undefined || !mount.startsWith("/sys/fs/cgroup")) continue;
    if (type === "cgroup2") found.push({ mount, version: 2, controllers: [] });
    // A cpuset group takes no process before it has been given processors, and nobody here needs one.
    if (type === "cgroup" && !options.includes("cpuset"))
      found.push({ mount, version: 1, controllers: options.split(",") });
  }
  return found;
}

const hierarchyOf = (controller: string): Hierarchy | undefined =>
  hierarchies().find((hierarchy) => hierarchy.controllers.includes(controller));

/** The host's directory in each hierarchy; a process that joins all of them belongs to the host. */
export function groupDirectories(cgroup: string): string[] {
  return hierarchies().map(({ mount, version }) => {
    const directory = join(mount, cgroup);
    // On v2 only leaves hold processes; nspawn makes this one for its own part.
    const supervisor = join(directory, "supervisor");
    return version === 2 && existsSync(supervisor) ? supervisor : directory;
  });
}

export function createGroups(cgroup: string, memoryBytes: number): void {
  const unified = hierarchies().find(({ version }) => version === 2);
  const memory = hierarchyOf("memory");
  for (const { mount } of hierarchies()) mkdirSync(join(mount, cgroup), { recursive: true });
  if (memory) {
    const directory = join(memory.mount, cgroup);
    writeFileSync(join(directory, "memory.limit_in_bytes"), `${memoryBytes}`);
    const withSwap = join(directory, "memory.memsw.limit_in_bytes");
    if (existsSync(withSwap)) writeFileSync(withSwap, `${memoryBytes}`);
  } else if (unified) {
    const directory = join(unified.mount, cgroup);
    for (const above of [unified.mount, dirname(directory)])
      writeFileSync(join(above, "cgroup.subtree_control"), "+memory +pids +cpu");
    writeFileSync(join(directory, "memory.max"), `${memoryBytes}`);
    writeFileSync(join(directory, "memory.swap.max"), "0");
  }
}

/** All groups of that name and below, deepest first. */
function treeOf(directory: string): string[] {
  let children: string[] = [];
  try {
    children = readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => join(directory, name));
  } catch {
    return [];
  }
  return [...children.flatMap(treeOf), directory];
}

const everyGroup = (cgroup: string): string[] => hierarchies().flatMap(({ mount }) => treeOf(join(mount, cgroup)));

/** The process ids of everything in the group, seen from outside. */
export function processesIn(cgroup: string): number[] {
  const pids = new Set<number>();
  for (const directory of everyGroup(cgroup)) {
    try {
      for (const pid of readFileSync(join(directory, "cgroup.procs"), "utf8").split("\n")) pids.add(Number(pid));
    } catch {
      // The group went away while we were looking.
    }
  }
  pids.delete(0);
  return [...pids];
}

export async function setFrozen(cgroup: string, frozen: boolean): Promise<void> {
  const freezer = hierarchyOf("freezer");
  if (freezer) {
    const state = join(freezer.mount, cgroup, "freezer.state");
    if (!existsSync(state)) return;
    writeFileSync(state, frozen ? "FROZEN" : "THAWED");
    const wanted = frozen ? "FROZEN" : "THAWED";
    await until(`${cgroup} is ${wanted}`, 10, () => readFileSync(state, "utf8").trim() === wanted || undefined);
    return;
  }
  const unified = hierarchies().find(({ version }) => version === 2);
  const state = unified && join(unified.mount, cgroup, "cgroup.freeze");
  if (state && existsSync(state)) writeFileSync(state, frozen ? "1" : "0");
}

/** SIGKILL to everything in the group, until nothing is left. */
export async function killGroup(cgroup: string): Promise<void> {
  // A frozen process takes even SIGKILL only when it thaws.
  await setFrozen(cgroup, false);
  await until(`nothing runs in ${cgroup}`, 20, () => {
    const pids = processesIn(cgroup);
    for (const pid of pids) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // Already gone.
      }
    }
    return pids.length === 0 || undefined;
  });
}

export async function removeGroups(cgroup: string): Promise<void> {
  await until(`the control groups of ${cgroup} are gone`, 10, () => {
    for (const directory of everyGroup(cgroup)) {
      try {
        rmdirSync(directory);
      } catch {
        // Busy for a moment after its last process; asked again.
      }
    }
    return everyGroup(cgroup).length === 0 || undefined;
  });
}

/** Names of the groups directly under the roots of the hierarchies. */
export const topGroups = (): string[] => hierarchies().flatMap(({ mount }) => readdirSync(mount));
