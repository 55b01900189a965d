/** Work that comes before there is a server, or while it is down: hosts are prepared, backups put in place, the audit log is read. */

import { systemClock } from "./adapters/clock/system.ts";
import { prepareOverSsh, shownKeys } from "./adapters/hosts/ssh/set-up.ts";
import type { ShownKey } from "./adapters/hosts/ssh/set-up.ts";
import { installProxyScript, prepareScript as writePrepareScript } from "./adapters/hosts/ssh/prepare.ts";
import type { AuditFile } from "./adapters/store/audit-file.ts";
import { openAuditFile } from "./adapters/store/audit-file.ts";
import { restoreSqliteStore } from "./adapters/store/sqlite-restore.ts";
import { settingsOf } from "./config/settings.ts";
import { UnknownName } from "./core/settings.ts";
import type { Host } from "./core/topology.ts";
import { readConfiguration } from "./config/read.ts";
import { usualDataDirectory } from "./usual-places.ts";
import type { Settings } from "./core/settings.ts";

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
