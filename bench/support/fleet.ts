/** The hosts of a benchmark: booted, given what all deployers need, and read from outside while they work. */
import { readFileSync } from "node:fs";

import { inParallel } from "../../testbed/command.ts";
import type { TestbedHost } from "../../testbed/host.ts";
import { namesOfHost } from "../../testbed/names.ts";
import { startTestbed, type Testbed } from "../../testbed/testbed.ts";
import { cpuSecondsOf } from "./controller-group.ts";

const megabyte = 2 ** 20;
const mayDoEverything = "deploy ALL=(root) NOPASSWD: ALL\n";

export interface Traffic {
  /** From the controller to the hosts, as the hosts' network cards count it. */
  readonly up: number;
  readonly down: number;
}

export class Fleet {
  readonly bed: Testbed;

  private constructor(bed: Testbed) {
    this.bed = bed;
  }

  static async boot(size: number): Promise<Fleet> {
    const hosts = Array.from({ length: size }, (_, index) => `web-${index + 1}`);
    const say = (line: string): void => void process.stderr.write(`${line}\n`);
    const fleet = new Fleet(
      await startTestbed({ hosts, memoryBytes: 512 * megabyte, diskBytes: 1024 * megabyte, say }),
    );
    // A login through sshd is counted by the host's own log, and the other deployers need all of sudo.
    await fleet.each(async (host) => {
      await host.writeFile("/etc/ssh/sshd_config.d/bench.conf", "LogLevel VERBOSE\nMaxStartups 100\n");
      await host.writeFile("/etc/sudoers.d/zz-bench", mayDoEverything, { mode: "0440" });
      await host.mustRun(["systemctl", "reload", "ssh"]);
    });
    return fleet;
  }

  get hosts(): readonly TestbedHost[] {
    return Object.values(this.bed.hosts);
  }

  get size(): number {
    return this.hosts.length;
  }

  async each(work: (host: TestbedHost) => Promise<unknown>): Promise<void> {
    await inParallel(this.hosts, 8, work);
  }

  /** A service that is not Signalbox's: its directory belongs to the login, its unit was written by root. */
  async addService(name: string, port: number): Promise<void> {
    await this.each(async (host) => {
      await host.mustRun(["install", "-d", "-o", "deploy", `/srv/${name}`, `/srv/${name}/releases`]);
      await host.writeFile(`/etc/systemd/system/${name}.service`, unit(name, port));
      await host.mustRun(["systemctl", "daemon-reload"]);
    });
  }

  /** Processor seconds that the hosts have used since they booted. */
  cpuSeconds(): number {
    const { run } = this.bed.facts;
    return sum(this.hosts.map(({ name, facts }) => cpuSecondsOf(namesOfHost(run, name, facts.index).cgroup)));
  }

  traffic(): Traffic {
    const { run } = this.bed.facts;
    const count = (counter: string): number =>
      sum(
        this.hosts.map(({ name, facts }) => {
          const { port } = namesOfHost(run, name, facts.index);
          return Number(readFileSync(`/sys/class/net/${port}/statistics/${counter}`, "utf8"));
        }),
      );
    return { up: count("tx_bytes"), down: count("rx_bytes") };
  }

  /** How often each host's sshd has started something for somebody, and how often somebody has connected. */
  async logins(): Promise<{ readonly sessions: number; readonly connections: number }> {
    let sessions = 0;
    let connections = 0;
    await this.each(async (host) => {
      const log = await host.mustRun(["journalctl", "--no-pager", "--output=cat", "--identifier=sshd-session"]);
      sessions += log.split("Starting session").length - 1;
      connections += log.split("Accepted publickey").length - 1;
    });
    return { sessions, connections };
  }

  stop(): Promise<void> {
    return this.bed.stop();
  }
}

function unit(name: string, port: number): string {
  return [
    "[Unit]",
    `Description=${name}`,
    "StartLimitIntervalSec=0",
    "[Service]",
    "Type=exec",
    "User=deploy",
    `WorkingDirectory=/srv/${name}/current`,
    `EnvironmentFile=/srv/${name}/environment`,
    `Environment=PORT=${port}`,
    "ExecStart=/usr/bin/node server.mjs",
    "",
  ].join("\n");
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
