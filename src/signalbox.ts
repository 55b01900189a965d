/**
 * The composition root: configuration and a data directory in, a running product out.
 *
 * The only file that knows every adapter. What another part needs of an adapter is handed in from here.
 */
import { chmod, mkdir, readFile } from "node:fs/promises";
import { userInfo } from "node:os";
import path from "node:path";

import { fileArtifacts } from "./adapters/artifacts/index.ts";
import { inProcessBell } from "./adapters/bell/in-process.ts";
import { builds } from "./adapters/builds/index.ts";
import { systemClock } from "./adapters/clock/system.ts";
import { rsyncUpload } from "./adapters/delta-upload/rsync.ts";
import { forges } from "./adapters/forges/index.ts";
import { systemGit } from "./adapters/git/index.ts";
import { prepareOverSsh, shownKeys } from "./adapters/hosts/ssh/set-up.ts";
import type { ShownKey } from "./adapters/hosts/ssh/set-up.ts";
import { installProxyScript, prepareScript as writePrepareScript } from "./adapters/hosts/ssh/prepare.ts";
import { SshHosts } from "./adapters/hosts/ssh/ssh-hosts.ts";
import { identityProviders } from "./adapters/identity-provider/index.ts";
import { fileLogs } from "./adapters/logs/files.ts";
import { masksOf } from "./adapters/logs/masks.ts";
import { notifiers } from "./adapters/notifiers/index.ts";
import { localPrograms } from "./adapters/programs/local.ts";
import { httpProber } from "./adapters/prober/http.ts";
import { inProcessQueue } from "./adapters/queue/in-process.ts";
import { serverSecrets } from "./adapters/secrets/server-secrets.ts";
import { usualKeyFile } from "./adapters/secrets/usual-key-file.ts";
import type { AuditFile } from "./adapters/store/audit-file.ts";
import { openAuditFile } from "./adapters/store/audit-file.ts";
import { openSqliteStore } from "./adapters/store/sqlite.ts";
import { restoreSqliteStore } from "./adapters/store/sqlite-restore.ts";
import { traffic } from "./adapters/traffic/index.ts";
import { fileWorkspaces } from "./adapters/workspaces/files.ts";
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
import { SettingsRefused, UnknownName } from "./core/settings.ts";
import type { Host } from "./core/topology.ts";
import { admitConfiguration } from "./deployments/apply-configuration.ts";
import { forgetArtifacts } from "./deployments/forget-artifacts.ts";
import { wakeEverything } from "./deployments/approvals/wake.ts";
import { wakeDue, work } from "./deployments/work.ts";
import { sendMessages, wakingStore } from "./deployments/messages/courier.ts";
import type { Sending } from "./deployments/messages/courier.ts";
import { PushOffice } from "./deployments/pushes/office.ts";
import { secretOf } from "./deployments/secrets/secret-of.ts";
import { forgetOldSessions } from "./deployments/sign-in/sessions.ts";
import { callerOfToken } from "./deployments/tokens.ts";
import type { World } from "./deployments/world.ts";
import type { Settings } from "./core/settings.ts";
import { StoreBusy } from "./ports/store.ts";
import type { Store } from "./ports/store.ts";

/** How many hosts one step works on at once. */
const fanOut = 32;
/** A little longer than it takes until tips are compared again: connections to git servers stay. */
const warmGitSeconds = 400;
/** Looks for due deployments this often, in case that a wake-up was lost. */
const scanMilliseconds = 5_000;
const healthMilliseconds = 30_000;
const tidyMilliseconds = 6 * 60 * 60 * 1000;

export interface Engine {
  readonly world: World;
  readonly settings: Settings;
  /** Begins to carry the deployments in the store. */
  begin(): void;
  /** Stops at once: what runs on hosts goes on there, and the next start takes it up. */
  close(): Promise<void>;
}

/** Opens the data directory. */
async function openEngine(dataDirectory: string, keyFile: string, settings: Settings): Promise<Engine> {
  await mkdir(dataDirectory, { recursive: true, mode: 0o700 });
  await chmod(dataDirectory, 0o700);
  const clock = systemClock;
  const store = await openSqliteStore({ directory: dataDirectory, clock });
  const ended = new AbortController();
  const { secrets, values } = await serverSecrets({
    database: store.tablesOf(),
    key: { file: keyFile, apartFrom: dataDirectory },
    clock,
    command: () => settings.secretCommand(),
    signal: ended.signal,
    warn: (message) => process.emitWarning(message),
  }).catch(async (error: unknown) => {
    // Otherwise this process would keep the store from whoever comes next.
    await store.close();
    throw error;
  });
  const hosts = new SshHosts({ find: (name) => settings.fleet().get(name) });
  const artifacts = fileArtifacts({ directory: dataDirectory });
  const queue = inProcessQueue({ clock });
  let messages: Sending | undefined;
  const world: World = {
    store: wakingStore(store, () => messages?.wake()),
    queue,
    hosts,
    artifacts,
    clock,
    fanOut,
    git: systemGit({ directory: dataDirectory, clock, warmSeconds: warmGitSeconds }),
    forges,
    builds: builds({ directory: dataDirectory, artifacts, hosts }),
    deltaUpload: rsyncUpload(hosts),
    programs: localPrograms,
    logs: fileLogs({ directory: dataDirectory, clock, secrets: values }),
    secrets,
    masks: masksOf(values),
    bell: inProcessBell(),
    workspaces: fileWorkspaces({ directory: dataDirectory }),
    traffic: traffic({ hosts, programs: localPrograms, addressOf: (name) => settings.fleet().get(name)?.address }),
    prober: httpProber,
    notifiers: notifiers({ secret: async (name) => secretOf(name, { secrets }), now: () => clock.now() }),
  };
  let stop = async (): Promise<void> => {};
  return {
    world,
    settings,
    begin: () => {
      stop = carry(world);
      messages = sendMessages(settings, world, (error) => process.emitWarning(error));
    },
    close: async () => {
      ended.abort();
      await stop();
      await messages?.close();
      await hosts.close();
      await store.close();
    },
  };
}

/** Works on what is due, now and whenever the queue rings. */
function carry(world: World): () => Promise<void> {
  const stop = new AbortController();
  // Whoever woke a deployment is not who carries it.
  world.queue.work(async (id) => world.store.within(undefined, () => work(id, world, stop.signal)));
  // What fails here is tried again by the next turn; it must not take the server down.
  const quietly = (doing: () => Promise<unknown>) => () =>
    void doing().catch((error: Error) => process.emitWarning(error));
  const timers = [
    setInterval(
      quietly(async () => wakeDue(world)),
      scanMilliseconds,
    ),
    // A disk that was full may have room again; then new work may begin again.
    setInterval(
      quietly(async () => world.store.health()),
      healthMilliseconds,
    ),
    setInterval(
      quietly(async () => forgetArtifacts(world)),
      tidyMilliseconds,
    ),
    setInterval(
      quietly(async () => forgetOldSessions(world)),
      tidyMilliseconds,
    ),
  ];
  quietly(async () => wakeEverything(world))();
  return async () => {
    for (const timer of timers) clearInterval(timer);
    stop.abort();
    await world.queue.close();
  };
}

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

/** Where the store, artifacts and logs are when nobody says otherwise. */
export function usualDataDirectory(): string {
  const { uid, homedir } = userInfo();
  return uid === 0 ? "/var/lib/signalbox-server" : path.join(homedir, ".local", "state", "signalbox");
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

/** Puts a backup in place of the store. The next start makes it an installation of its own, which is frozen. */
export async function restoreBackup({
  file,
  dataDirectory = usualDataDirectory(),
}: {
  readonly file: string;
  readonly dataDirectory?: string;
}): Promise<{ readonly kept: string | undefined }> {
  return restoreSqliteStore({ file, directory: dataDirectory, clock: systemClock });
}

/** The audit log in a backup, or in a data directory that no server works on. */
export async function openAudit(place: string): Promise<AuditFile> {
  return openAuditFile(place);
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

async function readConfiguration(file: string): Promise<Configuration> {
  const { configuration, problems } = loadConfiguration(await readFile(file, "utf8"), file);
  if (configuration === undefined) throw new SettingsRefused(explain(problems));
  return configuration;
}

/** A host of a configuration file, for work that comes before there is a server. */
export interface HostQuestion {
  readonly configFile: string;
  readonly host: string;
  /** Another login than the host's own, such as root. */
  readonly as?: string;
  readonly identityFile?: string;
}

/** The script that root runs once on the host. */
export async function prepareScript({ configFile, host }: HostQuestion): Promise<string> {
  const settings = await settingsFrom(configFile);
  return writePrepareScript(hostOf(settings, host).user, settings.allowances(host));
}

/** Runs that script over SSH, as root or by `sudo`; gives what it said, line by line. */
export async function* prepareHost({ configFile, host, as, identityFile }: HostQuestion): AsyncIterable<string> {
  const settings = await settingsFrom(configFile);
  const own = hostOf(settings, host);
  const login = { ...own, user: as ?? own.user, ...(identityFile === undefined ? {} : { identityFile }) };
  yield* prepareOverSsh(login, settings.fleet(), await writePrepareScript(own.user, settings.allowances(host)));
}

/** The script that root runs once on the host of a proxy. */
export async function proxyScript({ configFile, host }: HostQuestion): Promise<string> {
  const settings = await settingsFrom(configFile);
  return installProxyScript(hostOf(settings, host).user, proxyPlacesOn(settings, host));
}

/** Runs that script over SSH, as root or by `sudo`; gives what it said, line by line. */
export async function* installProxy({ configFile, host, as, identityFile }: HostQuestion): AsyncIterable<string> {
  const settings = await settingsFrom(configFile);
  const own = hostOf(settings, host);
  const login = { ...own, user: as ?? own.user, ...(identityFile === undefined ? {} : { identityFile }) };
  const script = await installProxyScript(own.user, proxyPlacesOn(settings, host));
  yield* prepareOverSsh(login, settings.fleet(), script);
}

function proxyPlacesOn(settings: Settings, host: string): ReadonlyMap<string, readonly string[]> {
  const places = settings.proxyPlaces(host);
  if (places.size === 0) throw new UnknownName(`no service is reached through a proxy on ${host}`);
  return places;
}

/** The keys that the host shows now, for a person to compare. Nothing is trusted by this. */
export async function enrollHost({ configFile, host }: HostQuestion): Promise<readonly ShownKey[]> {
  const settings = await settingsFrom(configFile);
  return shownKeys(hostOf(settings, host), settings.fleet());
}

async function settingsFrom(configFile: string): Promise<Settings> {
  const configuration = await readConfiguration(configFile);
  return settingsOf(() => configuration);
}

function hostOf(settings: Settings, name: string): Host {
  const host = settings.fleet().get(name);
  if (host === undefined) {
    throw new UnknownName(`there is no host ${name}; the hosts are ${[...settings.fleet().keys()].join(", ")}`);
  }
  return host;
}
