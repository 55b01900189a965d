/**
 * `npm run demo`: the main job on real hosts, by the same commands that a user types.
 *
 * Three hosts behind a proxy, and users who never stop asking. A first deployment, a good canary that is promoted, and
 * a slow one that is compared with the release before it, and aborted. Without a terminal it ends by itself; with one
 * it stays until Ctrl-C.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";

import { startLoad } from "../load/load.ts";
import { ServerProcess } from "../server-process.ts";
import { startTestbed } from "../testbed.ts";
import type { Testbed } from "../testbed.ts";
import { greeter, openWorkshop } from "../workshop.ts";
import type { Workshop } from "../workshop.ts";
import { closingTable } from "./closing-table.ts";
import type { Act } from "./closing-table.ts";
import { Audience } from "./audience.ts";

const hosts = ["web-1", "web-2", "web-3"];
const proxy = "lb-1";
const bind = 8080;
const requestsPerSecond = 100;

/** As a team would write it, with minutes made seconds. */
const production = {
  watch: { for: "5s" },
  services: {
    greeter: {
      hosts,
      traffic: { haproxy: { hosts: [proxy], bind }, drain: { within: "10s" }, warmUp: { path: "/", requests: 20 } },
      strategy: { canary: { weights: [10, 50], soak: "8s" } },
      analysis: { minimumRequests: 50 },
      // All of them share the processors of this machine, so none of them knows how busy it is itself.
      limits: { load: "100%" },
    },
  },
};
const main = path.join(import.meta.dirname, "..", "..", "src", "main.ts");

const say = (text: string): void => {
  process.stdout.write(`\n${text}\n`);
};

/** Ctrl-C at any time: what was started is taken down first. */
class Interrupted extends Error {}

const interrupted = new Promise<never>((_, reject) => {
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => reject(new Interrupted()));
});
interrupted.catch(() => {});

async function demo(): Promise<number> {
  say(
    "Booting four Debian hosts with systemd and sshd, each in its own network namespace: three for the service, one for HAProxy.",
  );
  const bed = await startTestbed({ hosts: [...hosts, proxy], say: (line) => process.stdout.write(`  ${line}\n`) });
  const workshop = await openWorkshop(bed, { services: [greeter()], environments: { production } });
  const server = new ServerProcess(workshop);
  const audience = new Audience(() => startLoad({ url: address(bed), perSecond: requestsPerSecond, webSockets: 0 }));
  try {
    say(
      "Preparing them as root would once: signalbox hosts prepare web-1 (and web-2, web-3), signalbox traffic install lb-1.",
    );
    const acts = await Promise.race([story(workshop, server, audience), interrupted]);
    process.stdout.write(`\n${closingTable(acts)}\n`);
    const asExpected = acts.every(({ exitCode, expected, seen }) => exitCode === expected && (seen?.failed ?? 0) === 0);
    if (!asExpected) say("Not everything went as it should: see the exit codes and failed requests above.");
    if (process.stdout.isTTY) await stay(workshop, address(bed));
    return asExpected ? 0 : 1;
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    say("Interrupted. Taking everything down.");
    return 130;
  } finally {
    await audience.leave();
    await server.stop();
    await workshop.close();
    await bed.stop();
  }
}

function address(bed: Testbed): string {
  return `http://${bed.host(proxy).address}:${bind}`;
}

async function story(workshop: Workshop, server: ServerProcess, audience: Audience): Promise<readonly Act[]> {
  await workshop.prepareHosts(hosts);
  await workshop.prepareProxies([proxy]);
  await server.start();
  return play(workshop, server, audience);
}

async function play(workshop: Workshop, server: ServerProcess, audience: Audience): Promise<readonly Act[]> {
  const repository = workshop.repository("greeter");
  const acts: Act[] = [];
  const act = async (title: string, expected: number): Promise<void> => {
    say(`${acts.length + 1}. ${title}`);
    await audience.begin(String(acts.length));
    const exitCode = await signalbox(workshop, "deploy", "greeter", "-e", "production");
    const [deployment] = await server.client.deployments({ limit: 1 });
    const [place] = await server.client.status({ live: true });
    const seen = await audience.saw(String(acts.length));
    acts.push({ title, expected, exitCode, deployment: deployment!, hosts: place!.hosts, ...(seen ? { seen } : {}) });
  };
  await act("The first deployment, onto empty hosts.", 0);
  await audience.come();
  await repository.commit({ version: "1.1.0" });
  await act("A new release: 10 % of the users get it, then 50 %, and as it is no worse, all of them.", 0);
  await repository.commit({ version: "1.2.0", behaviour: { "slow-ms": "250" } });
  await act("A release that is healthy and too slow. Only the comparison under real traffic can tell.", 1);
  return acts;
}

/** Runs the command line as a user would, and shows what was typed. */
async function signalbox(workshop: Workshop, ...args: readonly string[]): Promise<number> {
  process.stdout.write(`\n$ signalbox ${args.join(" ")}\n`);
  const options = ["--config", workshop.configFile, "--data", workshop.dataDirectory];
  const child = spawn(process.execPath, [main, ...args, ...options], { stdio: ["ignore", "inherit", "inherit"] });
  const [code] = (await once(child, "exit")) as [number | null];
  return code ?? 1;
}

async function stay({ configFile, dataDirectory }: Workshop, url: string): Promise<void> {
  const options = `--config ${configFile} --data ${dataDirectory}`;
  say(
    [
      `The hosts, the proxy (${url}) and the server keep running. In another terminal, in this directory, try:`,
      `  npm run signalbox -- status --live ${options}`,
      `  npm run signalbox -- traffic show ${options}`,
      `  npm run signalbox -- logs greeter -e production ${options}`,
      `  npm run signalbox -- rollback greeter -e production ${options}`,
      "Ctrl-C here takes everything down.",
    ].join("\n"),
  );
  await interrupted.catch(() => {});
}

process.exitCode = await demo();
