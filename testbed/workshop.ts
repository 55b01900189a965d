/**
 * Everything a story needs beside the hosts: repositories of the examples, prepared hosts, and a configuration.
 * Journeys, the demo and the benchmarks start from here.
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { stringify } from "yaml";

import { loadConfiguration } from "../src/config/load.ts";
import { settingsOf } from "../src/config/settings.ts";
import type { Settings } from "../src/core/settings.ts";
import { explain } from "../src/config/explain.ts";
import { installProxyScript, prepareScript } from "../src/adapters/hosts/ssh/prepare.ts";
import { Repository } from "./repository.ts";
import type { Example } from "./repository.ts";
import type { Testbed } from "./testbed.ts";

/** A service of the story; `settings` is what its entry in the server file says beside the source. */
export interface StoryService {
  readonly name: string;
  readonly example: Example;
  readonly settings: Readonly<Record<string, unknown>>;
}

export interface Story {
  readonly services: readonly StoryService[];
  /** The `environments:` of the server file. */
  readonly environments: Readonly<Record<string, unknown>>;
  /** The `hooks:` of the server file. */
  readonly hooks?: Readonly<Record<string, unknown>>;
  /** The `server:` of the server file. */
  readonly server?: Readonly<Record<string, unknown>>;
}

export interface Workshop {
  readonly directory: string;
  readonly configFile: string;
  readonly dataDirectory: string;
  /** Where the key of the secrets lies. */
  readonly secretsKey: string;
  repository(service: string): Repository;
  /** Writes the server file anew with other environments or settings. */
  configure(story: Partial<Story>): Promise<void>;
  /** Installs the helper and its lists on the hosts, as root would once. */
  prepareHosts(names?: readonly string[]): Promise<void>;
  /** Installs the managed part on hosts with a proxy, as root would once (`signalbox traffic install`). */
  prepareProxies(names: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

export async function openWorkshop(bed: Testbed, first: Story): Promise<Workshop> {
  const directory = await mkdtemp(path.join(tmpdir(), "signalbox-"));
  const repositories = new Map<string, Repository>();
  for (const { name, example } of first.services) {
    repositories.set(name, await Repository.create(example, path.join(directory, "git", name)));
  }
  const configFile = path.join(directory, "signalbox.yml");
  const dataDirectory = path.join(directory, "data");
  await mkdir(dataDirectory, { mode: 0o700 });

  let story = first;
  const workshop: Workshop = {
    directory,
    configFile,
    dataDirectory,
    secretsKey: path.join(directory, "keys", "secrets.key"),
    repository: (service) => repositories.get(service)!,
    async configure(change) {
      story = { ...story, ...change };
      await writeFile(configFile, serverFile(bed, story, repositories));
    },
    async prepareHosts(names = Object.keys(bed.hosts)) {
      const settings = settingsFor(serverFile(bed, story, repositories), configFile);
      await asRoot(bed, names, (name) => prepareScript(settings.fleet().get(name)!.user, settings.allowances(name)));
    },
    async prepareProxies(names) {
      const settings = settingsFor(serverFile(bed, story, repositories), configFile);
      await asRoot(bed, names, (name) =>
        installProxyScript(settings.fleet().get(name)!.user, settings.proxyPlaces(name)),
      );
    },
    close: async () => rm(directory, { recursive: true, force: true }),
  };
  await workshop.configure({});
  return workshop;
}

function settingsFor(text: string, file: string): Settings {
  const { configuration, problems } = loadConfiguration(text, file);
  if (configuration === undefined) throw new Error(explain(problems));
  return settingsOf(() => configuration);
}

/** Runs a script for `sh -s` on each of the hosts. */
async function asRoot(
  bed: Testbed,
  names: readonly string[],
  scriptFor: (name: string) => Promise<string>,
): Promise<void> {
  await Promise.all(names.map(async (name) => bed.host(name).mustRun(["sh", "-s"], { input: await scriptFor(name) })));
}

function serverFile(
  bed: Testbed,
  { services, environments, hooks, server }: Story,
  repositories: ReadonlyMap<string, Repository>,
): string {
  const hosts = Object.values(bed.hosts).map(({ facts }) => [
    facts.name,
    {
      address: facts.address,
      port: facts.port,
      user: facts.user,
      hostKey: facts.hostKey,
      identityFile: facts.identityFile,
    },
  ]);
  const file = {
    hosts: Object.fromEntries(hosts),
    services: Object.fromEntries(
      services.map(({ name, settings }) => {
        const repository = repositories.get(name)!;
        return [name, { source: { git: repository.url, branch: repository.branch }, ...settings }];
      }),
    ),
    ...(hooks === undefined ? {} : { hooks }),
    ...(server === undefined ? {} : { server }),
    environments: Object.fromEntries(
      // Nobody watches a release for a quarter of an hour but a story that says so.
      Object.entries(environments).map(([name, environment]) => [
        name,
        { watch: { for: "0s" }, ...(environment as object) },
      ]),
    ),
  };
  return stringify(file, { aliasDuplicateObjects: false });
}

/** The greeter as most stories have it: quick to become healthy, with its records kept beside the releases. */
export function greeter(settings: Readonly<Record<string, unknown>> = {}): StoryService {
  return {
    name: "greeter",
    example: "node-greeter",
    settings: {
      runtime: { node: ">=18" },
      build: { run: ["node", "build.mjs"], artifact: "dist" },
      unit: { exec: ["node", "server.mjs"], user: "greeter" },
      port: 8081,
      health: { http: "/healthz", within: "8s", stable: "1s", version: "/version" },
      environment: { STARTS_FILE: "/srv/greeter/shared/starts", LEDGER_FILE: "/srv/greeter/shared/ledger" },
      ...settings,
    },
  };
}
