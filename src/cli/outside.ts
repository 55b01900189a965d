/** Work that no API carries, because it comes before there is a server or while it is down. `without-a-server.ts` does it. */
import type { AuditBreak, AuditHead, AuditLink } from "../core/audit-chain.ts";
import { Stopped } from "./stopped.ts";

export interface HostQuestion {
  readonly configFile: string;
  readonly host: string;
  /** Another login than the host's own, such as root. */
  readonly as?: string;
  /** A private key file for that login. */
  readonly identityFile?: string;
}

/** A public key that a host shows. */
export interface ShownKey {
  /** As it is written in the configuration: `ssh-ed25519 AAAA...`. */
  readonly key: string;
  /** `SHA256:...`, to be compared with what the host's console says. */
  readonly fingerprint: string;
  /** Whether the configuration pins exactly this key already. */
  readonly pinned: boolean;
}

export interface HostSetup {
  /** The script that root runs once on the host, as text. */
  prepareScript(question: HostQuestion): Promise<string>;
  /** Runs that script over SSH, with `sudo` or as root; gives what it said, line by line. */
  prepareHost(question: HostQuestion): AsyncIterable<string>;
  /** The script that root runs once on the host of a proxy, as text. */
  proxyScript(question: HostQuestion): Promise<string>;
  /** Runs that script over SSH, with `sudo` or as root; gives what it said, line by line. */
  installProxy(question: HostQuestion): AsyncIterable<string>;
  /** The keys that the host shows now. Nothing is trusted by this. */
  enrollHost(question: HostQuestion): Promise<readonly ShownKey[]>;
}

export interface Restoring {
  /** Puts a backup in place of the store; no server may work on the data directory. It begins frozen. */
  restoreBackup(options: { readonly file: string; readonly dataDirectory?: string }): Promise<void>;
}

export interface AuditReading {
  /** The audit log in a backup, or in a data directory that no server works on. Nothing is changed. */
  openAudit(place: string): Promise<AuditFile>;
}

export interface AuditFile {
  links(): AsyncIterable<AuditLink>;
  head(): Promise<AuditHead | null>;
  check(known?: AuditHead): Promise<{ readonly head: AuditHead | null; readonly broken: AuditBreak | null }>;
  close(): void;
}

export type Outside = HostSetup & Restoring & AuditReading;

/** One of the functions, or a sentence when this version does not have it. */
export async function outside<Name extends keyof Outside>(name: Name): Promise<Outside[Name]> {
  const doing: object = await import("../without-a-server.ts");
  const work = (doing as Partial<Outside>)[name];
  if (work === undefined)
    throw new Stopped(`this version of signalbox has no ${name} yet`, { safe: "Nothing was changed." });
  return work as Outside[Name];
}
