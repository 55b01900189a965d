/** What one deployer costs this machine: a control group with everything it starts, daemons included. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { createGroups, groupDirectories, killGroup, removeGroups } from "../../testbed/cgroup.ts";

const memoryLimitBytes = 8 * 2 ** 30;
const sampleMilliseconds = 40;

export class ControllerGroup {
  readonly #name: string;

  constructor(purpose: string) {
    this.#name = `signalbox-bench-${process.pid}-${purpose}`;
    createGroups(this.#name, memoryLimitBytes);
  }

  /** The argument list that starts a program inside the group. */
  within(argv: readonly string[]): [string, ...string[]] {
    const join = 'while [ "$1" != -- ]; do echo $$ >"$1/cgroup.procs"; shift; done; shift; exec "$@"';
    return ["sh", "-c", join, "sh", ...groupDirectories(this.#name), "--", ...argv];
  }

  cpuSeconds(): number {
    return cpuSecondsOf(this.#name);
  }

  /** Anonymous memory, in bytes: what is not shared with other programs. */
  anonymousBytes(): number {
    for (const file of this.#files("memory.stat")) {
      const found = /^(?:total_rss|anon) (\d+)$/m.exec(readFileSync(file, "utf8"));
      if (found !== null) return Number(found[1]);
    }
    return 0;
  }

  /** Looks at the memory all the time; the returned function ends that and gives the most that was seen. */
  watchMemory(): () => number {
    let most = 0;
    const timer = setInterval(() => {
      most = Math.max(most, this.anonymousBytes());
    }, sampleMilliseconds);
    return () => {
      clearInterval(timer);
      return Math.max(most, this.anonymousBytes());
    };
  }

  async remove(): Promise<void> {
    await killGroup(this.#name);
    await removeGroups(this.#name);
  }

  #files(name: string): string[] {
    return groupDirectories(this.#name)
      .map((directory) => join(directory, name))
      .filter((file) => existsSync(file));
  }
}

/** All that a group and the groups below it have used since they exist. */
export function cpuSecondsOf(group: string): number {
  const directories = groupDirectories(group).map((directory) => directory.replace(/\/supervisor$/, ""));
  for (const directory of directories) {
    const file = join(directory, "cpuacct.usage");
    if (existsSync(file)) return Number(readFileSync(file, "utf8")) / 1e9;
  }
  for (const directory of directories) {
    const file = join(directory, "cpu.stat");
    const found = existsSync(file) ? /^usage_usec (\d+)$/m.exec(readFileSync(file, "utf8")) : null;
    if (found !== null) return Number(found[1]) / 1e6;
  }
  return 0;
}
