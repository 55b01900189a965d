/** The testbed by hand: `node testbed/main.ts up 4`, `ssh web-1`, `cut web-1`, `down`. */
import { spawnSync } from "node:child_process";

import type { TestbedHost } from "./host.ts";
import { dismantle, everyRun, ownerOf, sweep, tracesOf } from "./runs.ts";
import { attachTestbed, readFacts, startTestbed } from "./testbed.ts";

const usage = `usage: node testbed/main.ts <command>
  up [4 | names...]    boot hosts (web-1 ... web-4) that stay until "down"
  down [sbx-N | --all] take down kept testbeds and leftovers; --all also those that are in use
  sweep                take down only what dead owners left behind
  leftovers            say what dead owners left behind; fails if there is anything
  status               every testbed on this machine, its owner and its hosts
  ssh HOST [words]     log in as deploy (HOST may be root@web-1 or builder@web-1)
  shell HOST [words]   root, without sshd
  cut | blackhole | restore | freeze | thaw | fill-disk | empty-disk | power-cut | boot | reboot | reset HOST
  out-of-memory HOST UNIT
With several testbeds, SIGNALBOX_TESTBED=sbx-N says which one is meant.`;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const faults: Record<string, (host: TestbedHost, words: readonly string[]) => Promise<void> | void> = {
  cut: (host) => host.cut(),
  blackhole: (host) => host.blackhole(),
  restore: (host) => host.restore(),
  freeze: (host) => host.freeze(),
  thaw: (host) => host.thaw(),
  "fill-disk": (host) => host.fillDisk(),
  "empty-disk": (host) => host.emptyDisk(),
  "power-cut": (host) => host.powerCut(),
  boot: (host) => host.boot(),
  reboot: (host) => host.reboot(),
  reset: (host) => host.reset(),
  "out-of-memory": (host, [unit]) => host.outOfMemory(unit ?? ""),
};

async function main([command = "", ...words]: string[]): Promise<number> {
  const [name = "", ...rest] = words;
  const fault = faults[command];
  if (fault) {
    await fault(findHost(name), rest);
    return 0;
  }
  switch (command) {
    case "up":
      return up(words);
    case "down":
      return down(words);
    case "status":
      return status();
    case "sweep":
      await sweep();
      return 0;
    case "leftovers":
      return leftovers();
    case "ssh": {
      const [host = "", user] = name.split("@").reverse();
      const [program = "", ...options] = findHost(host).sshCommand(user);
      return spawnSync(program, [...options, ...rest], { stdio: "inherit" }).status ?? 1;
    }
    case "shell": {
      const { code, stdout, stderr } = await findHost(name).rootShell(rest.length > 0 ? rest : ["systemctl", "status"]);
      process.stdout.write(stdout);
      process.stderr.write(stderr);
      return code;
    }
    default:
      process.stderr.write(`${usage}\n`);
      return 2;
  }
}

async function up(words: readonly string[]): Promise<number> {
  const [count = "4"] = words;
  const many = /^\d+$/.test(count);
  const hosts = many ? Array.from({ length: Number(count) }, (_, index) => `web-${index + 1}`) : words;
  const started = performance.now();
  const { facts } = await startTestbed({ hosts, kept: true, say });
  say(`${hosts.length} hosts are up after ${((performance.now() - started) / 1000).toFixed(1)} s`);
  show(facts.run);
  say(`Log in: ssh -F ${facts.sshConfigFile} ${hosts[0]}   Take down: node testbed/main.ts down ${facts.run}`);
  return 0;
}

async function down(words: readonly string[]): Promise<number> {
  const [which] = words;
  const swept = await sweep();
  const named = which === undefined || which === "--all" ? everyRun() : [which];
  const going = named.filter((run) => which !== undefined || ownerOf(run) === "kept");
  for (const run of going) await dismantle(run);
  say(`Took down ${[...new Set([...swept, ...going])].join(", ") || "nothing, there was nothing"}`);
  return 0;
}

function leftovers(): number {
  const left = everyRun().filter((run) => ownerOf(run) === "dead");
  const traces = left.flatMap((run) => tracesOf(run).map((trace) => `${run}: ${trace}`));
  for (const trace of traces) say(trace);
  return traces.length > 0 ? 1 : 0;
}

function status(): number {
  for (const run of everyRun()) show(run);
  if (everyRun().length === 0) say("No testbed on this machine");
  return 0;
}

function show(run: string): void {
  say(`${run}  owner: ${ownerOf(run)}  traces: ${tracesOf(run).length}`);
  try {
    for (const { name, address, hostKey } of readFacts(run).hosts) say(`  ${name.padEnd(8)} ${address}  ${hostKey}`);
  } catch {
    say("  it never came up");
  }
}

function findHost(name: string): TestbedHost {
  const candidates = everyRun().filter((run) => ownerOf(run) !== "dead");
  const run = process.env["SIGNALBOX_TESTBED"] ?? candidates[0];
  if (run === undefined) throw new Error('no testbed is up; "node testbed/main.ts up" boots one');
  if (candidates.length > 1 && process.env["SIGNALBOX_TESTBED"] === undefined)
    throw new Error(`${candidates.join(" and ")} are up; say which one by SIGNALBOX_TESTBED=${run}`);
  return attachTestbed(readFacts(run)).host(name);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
