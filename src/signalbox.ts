/** The composition root: configuration and a data directory in, a running product out. */
import { userInfo } from "node:os";
import path from "node:path";

import { systemClock } from "./adapters/clock/system.ts";
import { identityProviders } from "./adapters/identity-provider/index.ts";
import { usualKeyFile } from "./adapters/secrets/usual-key-file.ts";
import type { Client } from "./api/client.ts";
import type { ApiContext } from "./api/context.ts";
import { openDoors } from "./api/doors.ts";
import type { DoorOptions, Doors, Listen } from "./api/doors.ts";
import { connect } from "./api/http-client.ts";
import { officeOf } from "./api/pages/office.ts";
import { settingsOf } from "./config/settings.ts";
import { loadConfiguration } from "./config/load.ts";
import type { Configuration } from "./config/load.ts";
import { explain } from "./config/explain.ts";
import { digestOf } from "./core/digest.ts";
import { SettingsRefused } from "./core/settings.ts";
import { admitConfiguration } from "./deployments/apply-configuration.ts";
import { PushOffice } from "./deployments/pushes/office.ts";
import { secretOf } from "./deployments/secrets/secret-of.ts";
import { callerOfToken } from "./deployments/tokens.ts";
import { readConfiguration } from "./config/read.ts";
import { openEngine } from "./engine.ts";
import type { Engine } from "./engine.ts";
import { usualDataDirectory } from "./usual-places.ts";
import { StoreBusy } from "./ports/store.ts";
import type { Store } from "./ports/store.ts";

export interface LocalOptions {
  readonly configFile: string;
  readonly dataDirectory?: string;
  /** Where the key of the secrets lies, when not where it usually does. */
  readonly secretsKey?: string;
  /** Why environments that need an approval are changed without one. */
  readonly breakGlass?: string;
}

/** The engine in this process, or the one that already works on this data directory, behind the same client. */
export interface Local {
  readonly client: Client;
  /** `here`: deployments are carried by this process and pause when it ends. */
  readonly carriedBy: "here" | "server";
  close(): Promise<void>;
}

/**
 * @throws {StoreBusy} when another process has the store and does not answer; one that is just starting or ending is
 * waited for
 */
export async function openLocal(options: LocalOptions): Promise<Local> {
  const client = connect({ socket: socketOf(options.dataDirectory ?? usualDataDirectory()) });
  for (let tries = 1; ; tries += 1) {
    try {
      const running = await startServer(options);
      return { client, carriedBy: "here", close: running.close };
    } catch (error) {
      if (!(error instanceof StoreBusy)) throw error;
      if (await answers(client)) return { client, carriedBy: "server", close: async () => {} };
      if (tries >= mostTries) throw error;
    }
    await systemClock.sleep(betweenTriesMilliseconds);
  }
}

const mostTries = 4;
const betweenTriesMilliseconds = 300;

async function answers(client: Client): Promise<boolean> {
  return client.deployments({ limit: 1 }).then(
    () => true,
    () => false,
  );
}

function socketOf(dataDirectory: string): string {
  return path.join(dataDirectory, "api.sock");
}

export interface ServerOptions extends LocalOptions {
  /** Also listen on TCP, where every caller needs a token. */
  readonly listen?: Listen;
  /** Go by the configuration that was applied last, and by the file only where none was. */
  readonly keepsApplied?: boolean;
}

/** The engine with its API on a socket that only this user can open, and on TCP where it is asked for. */
export async function startServer({
  configFile,
  listen,
  breakGlass,
  keepsApplied = false,
  ...options
}: ServerOptions): Promise<Doors> {
  const dataDirectory = options.dataDirectory ?? usualDataDirectory();
  let configuration = await readConfiguration(configFile);
  const engine = await openEngine(
    dataDirectory,
    options.secretsKey ?? usualKeyFile(dataDirectory, dataDirectory === usualDataDirectory()),
    settingsOf(() => configuration),
  );
  const { store } = engine.world;
  // In the own process the file is what counts; a server goes by what was applied last.
  if (keepsApplied) configuration = (await appliedConfiguration(store)) ?? configuration;
  const warn = (message: string): void => process.emitWarning(message);
  const pushes = new PushOffice({ world: engine.world, settings: engine.settings, warn });
  const context: ApiContext = {
    world: engine.world,
    settings: engine.settings,
    pushes,
    version,
    withoutServer: !keepsApplied,
    ...(breakGlass === undefined ? {} : { breakGlass }),
    callerOf: async (token) => callerOfToken(token, engine.world),
    applyConfiguration: applyIn(engine, (next) => {
      configuration = next;
    }),
  };
  const pages = pagesOf(engine);
  const closeRest = async (): Promise<void> => {
    await pushes.close();
    await engine.close();
  };
  try {
    const socket = socketOf(dataDirectory);
    const doors = await openDoors(context, { socket, user: userInfo().username, listen, pages });
    engine.begin();
    // Whoever carries out one deployment here does not mean to deploy what others pushed.
    if (keepsApplied) pushes.begin();
    return { reload: doors.reload, close: async () => doors.close().then(closeRest) };
  } catch (error) {
    // Otherwise what is open already would keep the process, and with it the store.
    await closeRest();
    throw error;
  }
}

/** What the pages need beside the world. */
function pagesOf({ world, settings }: Engine): DoorOptions["pages"] {
  return {
    office: officeOf(world),
    server: () => settings.server().url,
    timeZone: () => settings.messages().timeZone,
    elsewhere: identityProviders({
      settings: () => settings.oidc(),
      secret: async (name) => secretOf(name, world),
      now: () => world.clock.now(),
    }),
  };
}

/** Validates a configuration and takes it into use, unless it waits for a second person. */
function applyIn({ world, settings }: Engine, use: (next: Configuration) => void): ApiContext["applyConfiguration"] {
  return async (text, file, by) => {
    const { configuration, problems } = loadConfiguration(text, file);
    if (configuration === undefined) throw new SettingsRefused(explain(problems));
    const warnings = explain(problems);
    const next = { digest: digestOf(text), settings: settingsOf(() => configuration) };
    const admitted = await admitConfiguration(next, settings, by, world);
    if (admitted.kind === "proposed") return { version: null, warnings, proposal: admitted.proposal };
    const { version } = await world.store.applyConfiguration({
      digest: next.digest,
      text,
      file,
      detail: admitted.detail,
      appliedAt: world.clock.now(),
      appliedBy: by.name,
    });
    use(configuration);
    return { version, warnings };
  };
}

const version = "0.1.0";

async function appliedConfiguration(store: Store): Promise<Configuration | undefined> {
  const applied = await store.configuration();
  if (applied === undefined) return undefined;
  const { configuration, problems } = loadConfiguration(applied.text, applied.file);
  if (configuration !== undefined) return configuration;
  throw new SettingsRefused(
    `the configuration that was applied last (version ${applied.version}) is not valid for this version of Signalbox:\n${explain(problems)}`,
  );
}
