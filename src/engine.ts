/**
 * The engine: every adapter, and what carries deployments by them.
 *
 * The only file that builds the adapters of a server. What another part needs of an adapter is handed in from here.
 */
import { chmod, mkdir } from "node:fs/promises";

import { fileArtifacts } from "./adapters/artifacts/index.ts";
import { inProcessBell } from "./adapters/bell/in-process.ts";
import { builds } from "./adapters/builds/index.ts";
import { systemClock } from "./adapters/clock/system.ts";
import { rsyncUpload } from "./adapters/delta-upload/rsync.ts";
import { forges } from "./adapters/forges/index.ts";
import { systemGit } from "./adapters/git/index.ts";
import { SshHosts } from "./adapters/hosts/ssh/ssh-hosts.ts";
import { fileLogs } from "./adapters/logs/files.ts";
import { masksOf } from "./adapters/logs/masks.ts";
import { notifiers } from "./adapters/notifiers/index.ts";
import { localPrograms } from "./adapters/programs/local.ts";
import { httpProber } from "./adapters/prober/http.ts";
import { inProcessQueue } from "./adapters/queue/in-process.ts";
import { serverSecrets } from "./adapters/secrets/server-secrets.ts";
import { openSqliteStore } from "./adapters/store/sqlite.ts";
import { traffic } from "./adapters/traffic/index.ts";
import { fileWorkspaces } from "./adapters/workspaces/files.ts";
import { forgetArtifacts } from "./deployments/forget-artifacts.ts";
import { wakeEverything } from "./deployments/approvals/wake.ts";
import { wakeDue, work } from "./deployments/work.ts";
import { sendMessages, wakingStore } from "./deployments/messages/courier.ts";
import type { Sending } from "./deployments/messages/courier.ts";
import { secretOf } from "./deployments/secrets/secret-of.ts";
import { forgetOldSessions } from "./deployments/sign-in/sessions.ts";
import type { World } from "./deployments/world.ts";
import type { Settings } from "./core/settings.ts";

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
export async function openEngine(dataDirectory: string, keyFile: string, settings: Settings): Promise<Engine> {
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
