/** A real git server with real hooks, the API on a real port, and the office that works on pushes; hosts do nothing. */
import { chmodSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { forges } from "../../src/adapters/forges/index.ts";
import { systemGit } from "../../src/adapters/git/index.ts";
import { masksOf } from "../../src/adapters/logs/masks.ts";
import { serverSecrets } from "../../src/adapters/secrets/server-secrets.ts";
import { systemClock } from "../../src/adapters/clock/system.ts";
import type { KyselyStore } from "../../src/adapters/store/kysely-store.ts";
import { buildApi } from "../../src/api/server.ts";
import { loadConfiguration } from "../../src/config/load.ts";
import { settingsOf } from "../../src/config/settings.ts";
import type { Settings } from "../../src/core/settings.ts";
import { PushOffice } from "../../src/deployments/pushes/office.ts";
import type { World } from "../../src/deployments/world.ts";
import type { DeploymentSummary } from "../../src/ports/store.ts";
import { testEngine } from "./engine.ts";
import { eventually } from "./eventually.ts";
import { Repository } from "./git-server.ts";

export const hookSecret = "the secret of this hook";

export interface PushWorldOptions {
  /** The environments of the server file. */
  readonly environments?: string;
  /** More hooks beside `plain`. */
  readonly hooks?: string;
  /** Where the server fetches from: the repository's directory, unless told otherwise. */
  readonly source?: (
    repository: Repository,
    directory: string,
  ) => Promise<Partial<{ git: string; identityFile: string; hostKeys: readonly string[] }>>;
  readonly warn?: (message: string) => void;
  readonly change?: (world: World) => Partial<World>;
}

export interface TestPushWorld {
  readonly directory: string;
  readonly repository: Repository;
  readonly world: World;
  readonly settings: Settings;
  readonly url: string;
  readonly office: PushOffice;
  /** Another office over the same store, as after a start. */
  newOffice(): PushOffice;
  /** Puts `examples/post-receive` in place. */
  installHook(address?: string, secret?: string): Promise<void>;
  removeHook(): void;
  /** What was asked for in an environment, the oldest first: who asked, and for which revision. */
  asked(environment: string): Promise<readonly (readonly [by: string, revision: string, state: string])[]>;
  /** Waits until no delivery waits any more. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

const usualEnvironments = `
  dev:
    deploys: { branch: main, on: push }
    hosts: [dev-1]
    services: { orders: {} }
`;

export async function aPushWorld(options: PushWorldOptions = {}): Promise<TestPushWorld> {
  const directory = mkdtempSync(join(tmpdir(), "pushes-"));
  const repository = await Repository.create(directory, "orders");
  await repository.git("config", "--file", join(repository.bare, "config"), "http.receivepack", "true");
  const source = (await options.source?.(repository, directory)) ?? { git: repository.bare };
  const settings = settingsWith(source, options);
  const ended = new AbortController();
  const { world: plain, close } = await testEngine();
  const { secrets, values } = await serverSecrets({
    database: (plain.store as KyselyStore).tablesOf(),
    key: { file: join(directory, "key"), apartFrom: join(directory, "data") },
    clock: systemClock,
    command: () => undefined,
    signal: ended.signal,
    warn: () => {},
  });
  const git = systemGit({ directory: join(directory, "data"), clock: systemClock, plainHttp: ["127.0.0.1"] });
  const usual = { ...plain, secrets, masks: masksOf(values), git, forges };
  const world: World = { ...usual, ...options.change?.(usual) };
  await secrets.put({ name: "HOOK", environment: null, service: null, value: hookSecret, by: "kim" });
  const offices: PushOffice[] = [];
  const newOffice = (): PushOffice => {
    const office = new PushOffice({ world, settings, healMilliseconds: 3_600_000, warn: options.warn ?? (() => {}) });
    offices.push(office);
    return office;
  };
  const office = newOffice();
  const app = await buildApi({
    world,
    settings,
    pushes: office,
    version: "0.0.0",
    callerOf: async () => undefined,
    applyConfiguration: async () => ({ version: 1, warnings: "" }),
  });
  await app.listen({ host: "127.0.0.1", port: 0 });
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  const hookFile = join(repository.bare, "hooks", "post-receive");
  return {
    directory,
    repository,
    world,
    settings,
    url,
    office,
    newOffice,
    installHook: async (address = source.git ?? repository.bare, secret = hookSecret) => {
      const secretFile = join(directory, "hook-secret");
      writeFileSync(secretFile, `${secret}\n`, { mode: 0o600 });
      copyFileSync(join(import.meta.dirname, "..", "..", "examples", "post-receive"), hookFile);
      chmodSync(hookFile, 0o755);
      const config = { url: `${url}/hooks/plain`, repository: address, secretFile };
      for (const [key, value] of Object.entries(config))
        await repository.git("config", "--file", join(repository.bare, "config"), `signalbox.${key}`, value);
    },
    removeHook: () => rmSync(hookFile, { force: true }),
    asked: async (environment) => {
      const summaries = await world.store.deployments({ environment });
      return Promise.all(
        summaries.toReversed().map(async (one) => [one.by, await revisionOf(one, world), one.state] as const),
      );
    },
    settled: () =>
      eventually(async () =>
        (await world.store.pushes.due(Number.MAX_SAFE_INTEGER, 1)).length === 0 ? true : undefined,
      ).then(() => {}),
    close: async () => {
      await app.close();
      await Promise.all(offices.map((one) => one.close()));
      ended.abort();
      await close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function revisionOf({ id }: DeploymentSummary, { store }: World): Promise<string> {
  const [first] = await store.journal(id);
  const origin = first?.event.kind === "requested" ? first.event.prepare?.origin : undefined;
  return origin?.kind === "revision" ? origin.ref : "";
}

/** The real settings, with a source that a server file may not have: http on this machine. */
function settingsWith(
  source: { readonly git?: string },
  { environments = usualEnvironments, hooks = "" }: PushWorldOptions,
): Settings {
  const { configuration, problems } = loadConfiguration(`
server: { url: "https://deploy.example.com" }
hosts: { dev-1: { address: 10.0.0.21 }, stage-1: { address: 10.0.0.22 } }
services:
  orders:
    source: { git: /srv/git/orders.git }
    unit: { exec: ["java", "-jar", "orders.jar"], user: orders }
    health: { active-for: 10s }
hooks:
  plain: { signed: { secrets: [HOOK, NEXT_HOOK] } }
${hooks}
environments:${environments}`);
  if (configuration === undefined) throw new Error(JSON.stringify(problems));
  const settings = settingsOf(() => configuration);
  return {
    ...settings,
    target: (...asked) => {
      const target = settings.target(...asked);
      return { ...target, source: { ...target.source!, ...source } };
    },
    source: (...asked) => ({ ...settings.source(...asked)!, ...source }),
    triggerRules: () => settings.triggerRules().map((rule) => ({ ...rule, repository: source.git ?? rule.repository })),
  };
}
