/**
 * `npm run demo`: the main job on real hosts, by the same commands that a user types.
 *
 * First deployment, a new release, and a broken release that is found and rolled back, while somebody keeps asking
 * the service from outside. Without a terminal it ends by itself; with one it stays until Ctrl-C.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";

import { ServerProcess } from "../server-process.ts";
import { startTestbed } from "../testbed.ts";
import { greeter, openWorkshop } from "../workshop.ts";
import type { Workshop } from "../workshop.ts";
import { closingTable } from "./closing-table.ts";
import type { Act } from "./closing-table.ts";
import { Prober } from "./prober.ts";

const hosts = ["web-1", "web-2", "web-3"];
const requestsPerSecond = 20;
const port = 8081;
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
  say("Booting three Debian hosts with systemd and sshd, each in its own network namespace.");
  const bed = await startTestbed({ hosts, say: (line) => process.stdout.write(`  ${line}\n`) });
  const workshop = await openWorkshop(bed, {
    services: [greeter()],
    environments: { production: { services: { greeter: { hosts, strategy: { rolling: { batch: 1 } } } } } },
  });
  const server = new ServerProcess(workshop);
  const prober = new Prober(
    hosts.map((name) => `http://${bed.host(name).address}:${port}/`),
    requestsPerSecond,
  );
  try {
    say("Preparing them as root would once: signalbox hosts prepare web-1 (and web-2, web-3).");
    const acts = await Promise.race([story(workshop, server, prober), interrupted]);
    process.stdout.write(`\n${closingTable(acts)}\n`);
    const asExpected = acts.every(({ exitCode, expected, prober: seen }) => exitCode === expected && seen.failed === 0);
    if (!asExpected) say("Not everything went as it should: see the exit codes and failed requests above.");
    if (process.stdout.isTTY) await stay(workshop);
    return asExpected ? 0 : 1;
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    say("Interrupted. Taking everything down.");
    return 130;
  } finally {
    prober.stop();
    await server.stop();
    await workshop.close();
    await bed.stop();
  }
}

async function story(workshop: Workshop, server: ServerProcess, prober: Prober): Promise<readonly Act[]> {
  await workshop.prepareHosts();
  await server.start();
  return play(workshop, server, prober);
}

async function play(workshop: Workshop, server: ServerProcess, prober: Prober): Promise<readonly Act[]> {
  const repository = workshop.repository("greeter");
  const acts: Act[] = [];
  const act = async (title: string, expected: number, measured: boolean): Promise<void> => {
    say(`${acts.length + 1}. ${title}`);
    prober.take();
    const exitCode = await signalbox(workshop, "deploy", "greeter", "-e", "production");
    const [deployment] = await server.client.deployments({ limit: 1 });
    const [place] = await server.client.status({ live: true });
    const seen = prober.take();
    acts.push({
      title,
      expected,
      exitCode,
      deployment: deployment!,
      hosts: place!.hosts,
      prober: measured ? seen : { requests: 0, failed: 0, retried: 0 },
    });
  };
  await act("The first deployment, onto empty hosts.", 0, false);
  await repository.commit({ version: "1.1.0" });
  await act("A new release, one host after the other, while somebody keeps asking.", 0, true);
  await repository.commit({ version: "1.2.0", behaviour: { "never-healthy": "true" } });
  await act("A broken release: it starts, and never becomes healthy.", 1, true);
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

async function stay({ configFile, dataDirectory }: Workshop): Promise<void> {
  const options = `--config ${configFile} --data ${dataDirectory}`;
  say(
    [
      "The hosts and the server keep running. In another terminal, in this directory, try:",
      `  npm run signalbox -- status --live ${options}`,
      `  npm run signalbox -- logs greeter -e production ${options}`,
      `  npm run signalbox -- rollback greeter -e production ${options}`,
      "Ctrl-C here takes everything down.",
    ].join("\n"),
  );
  await interrupted.catch(() => {});
}

process.exitCode = await demo();
