/** A journey: prepared hosts, repositories, and the engine as `--local` runs it, asked through its API like everybody else. */
import { readFile } from "node:fs/promises";

import { fold } from "../../src/core/deployment.ts";
import type { Deployment } from "../../src/core/deployment.ts";
import type { Client } from "../../src/api/client.ts";
import type { DeployRequest } from "../../src/api/views.ts";
import { openLocal } from "../../src/signalbox.ts";
import type { Testbed } from "../../testbed/testbed.ts";
import { openWorkshop } from "../../testbed/workshop.ts";
import type { Story, Workshop } from "../../testbed/workshop.ts";
import { cleanHost, sharedHosts } from "./shared-hosts.ts";

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
  close(): Promise<void>;
}

/** Begins on clean hosts, which are all that the story's environments name. */
export async function aJourney(story: Story, hosts: readonly string[]): Promise<Journey> {
  const bed = sharedHosts();
  await Promise.all(hosts.map(async (name) => cleanHost(bed.host(name))));
  const workshop = await openWorkshop(bed, story);
  await workshop.prepareHosts(hosts);
  const local = await openLocal({ configFile: workshop.configFile, dataDirectory: workshop.dataDirectory });
  const { client } = local;

  const ended = async (id: string): Promise<Deployment> => {
    for await (const _ of client.watch(id, { signal: AbortSignal.timeout(240_000) }));
    const { id: full } = await client.deployment(id);
    return fold(full, await client.journal(id));
  };
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
    close: async () => {
      await local.close();
      await workshop.close();
    },
  };
}
