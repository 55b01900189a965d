/** A journey: prepared hosts, repositories, and the engine as `--local` runs it, asked through its API like everybody else. */
import { readFile } from "node:fs/promises";

import { fold } from "../../src/core/fold.ts";
import type { Deployment } from "../../src/core/deployment.ts";
import type { Client } from "../../src/api/client.ts";
import type { DeployRequest } from "../../src/api/views.ts";
import { openLocal } from "../../src/signalbox.ts";
import { startLoad } from "../../testbed/load/load.ts";
import type { Load } from "../../testbed/load/load.ts";
import type { LoadOptions } from "../../testbed/load/options.ts";
import type { Testbed } from "../../testbed/testbed.ts";
import { openWorkshop } from "../../testbed/workshop.ts";
import type { Story, Workshop } from "../../testbed/workshop.ts";
import { cleanHost, sharedHosts } from "./shared-hosts.ts";

export interface JourneyLoad extends Partial<LoadOptions> {
  /** The proxies that users come to, in turn. Without it the first one of the journey. */
  readonly through?: readonly string[];
  /** The port there. */
  readonly bind?: number;
}

/** An order that a service swears to have accepted. */
export interface LedgerEntry {
  readonly host: string;
  readonly id: string;
  readonly release: string;
}

/** What carries deployments out, asked through its API. */
export interface Engine {
  readonly client: Client;
  close(): Promise<void>;
}

export interface Journey {
  readonly bed: Testbed;
  readonly workshop: Workshop;
  readonly client: Client;
  /** Deploys and waits for the end. */
  deploy(request: DeployRequest): Promise<Deployment>;
  /** The deployment as its journal tells it, when it has ended. */
  ended(id: string): Promise<Deployment>;
  /** Writes the server file anew and has the engine take it over. */
  reconfigure(change: Partial<Story>, edit?: (text: string) => string): Promise<void>;
  /** The output of the deployment's steps, of one host or of all. */
  log(id: string, host?: string): Promise<string>;
  /** What `/version` of a host says, e.g. `3 1.2.0`; empty when nothing answers. */
  version(host: string, port?: number): Promise<string>;
  /** The lines that the service's processes wrote at their start: `<time> <pid> <release>`. */
  starts(host: string, file?: string): Promise<readonly string[]>;
  /** Users of the service, through its proxies; ended with the journey at the latest. */
  load(options?: JourneyLoad): Promise<Load>;
  /** What the ledger of one host says, or those of all: compare its ids with the load's POSTs. */
  ledger(host?: string, file?: string): Promise<readonly LedgerEntry[]>;
  close(): Promise<void>;
}

/**
 * Begins on clean hosts, which are all that the story's environments name.
 *
 * @param proxies hosts of the story's traffic; one of the service's own hosts may be among them
 * @param open how the engine runs, where it is not in this process
 */
export async function aJourney(
  story: Story,
  hosts: readonly string[],
  proxies: readonly string[] = [],
  open: (workshop: Workshop) => Promise<Engine> = openLocal,
): Promise<Journey> {
  const bed = sharedHosts();
  await Promise.all([...new Set([...hosts, ...proxies])].map(async (name) => cleanHost(bed.host(name))));
  const workshop = await openWorkshop(bed, story);
  await workshop.prepareHosts(hosts);
  await workshop.prepareProxies(proxies);
  const local = await open(workshop);
  const { client } = local;

  const ended = async (id: string): Promise<Deployment> => {
    for await (const _ of client.watch(id, { signal: AbortSignal.timeout(240_000) }));
    const { id: full } = await client.deployment(id);
    return fold(full, await client.journal(id));
  };
  const loads: Load[] = [];
  return {
    bed,
    workshop,
    client,
    ended,
    deploy: async (request) => ended((await client.deploy(request)).id),
    reconfigure: async (change, edit = (text) => text) => {
      await workshop.configure(change);
      await client.applyConfiguration(edit(await readFile(workshop.configFile, "utf8")), "signalbox.yml");
    },
    log: async (id, host) => {
      let text = "";
      for await (const line of client.stepLog(id, host === undefined ? {} : { host })) text += `${line.text}\n`;
      return text;
    },
    version: async (host, port = 8081) =>
      fetch(`http://${bed.host(host).address}:${port}/version`, { signal: AbortSignal.timeout(2000) }).then(
        async (answer) => (await answer.text()).trim(),
        () => "",
      ),
    starts: async (host, file = "/srv/greeter/shared/starts") => {
      const { stdout } = await bed.host(host).rootShell(["cat", file]);
      return stdout.split("\n").filter(Boolean);
    },
    load: async ({ through = proxies.slice(0, 1), bind = 8080, ...options } = {}) => {
      const url = through.map((proxy) => `http://${bed.host(proxy).address}:${bind}`);
      const load = await startLoad({ url, perSecond: 100, ...options });
      loads.push(load);
      return load;
    },
    ledger: async (host, file = "/srv/greeter/shared/ledger") =>
      (await Promise.all((host === undefined ? hosts : [host]).map(async (name) => ledgerOf(bed, name, file)))).flat(),
    close: async () => {
      await Promise.allSettled(loads.map(async (load) => load.stop()));
      await local.close();
      await workshop.close();
    },
  };
}

async function ledgerOf(bed: Testbed, host: string, file: string): Promise<readonly LedgerEntry[]> {
  const { stdout } = await bed.host(host).rootShell(["cat", file]);
  return stdout
    .split("\n")
    .filter(Boolean)
    .map((line) => {
      const [id = "", release = ""] = line.split(" ");
      return { host, id, release };
    });
}
