import { rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

import { HostUnreachable } from "../../../ports/hosts.ts";
import type { ByteStream, Command, CommandResult, Hosts } from "../../../ports/hosts.ts";
import { ConnectionFailed, type Connection } from "./connection.ts";
import { Opener } from "./opener.ts";
import { sshOptions, type SshOptions } from "./options.ts";
import { makePrivateDirectory } from "./private-directory.ts";
import { isStillTheWay, wayTo, type FindHost, type Way } from "./way.ts";

export interface SshHostsSetup {
  /** The host of a name as the configuration has it now. */
  readonly find: FindHost;
  readonly options?: Partial<SshOptions>;
  /** Where the private directory for sockets and keys is made; the runtime or temporary directory without it. */
  readonly directory?: string;
  /** The user's own OpenSSH configuration; `~/.ssh/config` without it. */
  readonly userConfig?: string;
}

/** What is known about a host from one connection to the next. */
interface Line {
  way: Way | undefined;
  connection: Connection | undefined;
  opening: Promise<Connection> | undefined;
  failures: number;
  failedAt: number;
}

interface Started {
  readonly directory: string;
  readonly opener: Opener;
}

const sweepMs = 10_000;
const longestPauseMs = 15_000;

/** Runs commands on hosts by the system's OpenSSH client, over one warm connection a host. */
export class SshHosts implements Hosts {
  readonly #find: FindHost;
  readonly #setup: SshHostsSetup;
  readonly #options: SshOptions;
  readonly #lines = new Map<string, Line>();
  /** Those that stand, also the ones that only finish what they have. */
  readonly #connections = new Set<Connection>();
  readonly #sweep: NodeJS.Timeout;
  readonly #closing = new AbortController();
  #started: Promise<Started> | undefined;

  constructor(setup: SshHostsSetup) {
    this.#find = setup.find;
    this.#setup = setup;
    this.#options = sshOptions.parse(setup.options ?? {});
    this.#sweep = setInterval(() => this.#closeIdle(), sweepMs).unref();
  }

  async run(host: string, command: Command): Promise<CommandResult> {
    const connection = this.#warm(host) ?? (await this.#connect(host));

    return connection.run(command);
  }

  async sharedConnection(host: string): ReturnType<Hosts["sharedConnection"]> {
    const connection = this.#warm(host) ?? (await this.#connect(host));

    return connection.share();
  }

  async socket(host: string, path: string, signal?: AbortSignal): Promise<ByteStream> {
    signal?.throwIfAborted();
    const connection = this.#warm(host) ?? (await this.#connect(host));

    return connection.socket(path, signal);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    clearInterval(this.#sweep);
    await Promise.allSettled([...this.#lines.values()].map((line) => line.opening));

    const connections = [...this.#connections];
    for (const connection of connections) connection.abandon();
    await Promise.all(connections.map((connection) => connection.closed));

    const started = await this.#started?.catch(() => undefined);
    if (started !== undefined) await rm(started.directory, { recursive: true, force: true });
  }

  /** The connection that stands, unless the configuration by now means another machine, user or key. */
  #warm(name: string): Connection | undefined {
    const line = this.#lines.get(name);
    if (line?.connection?.isOpen !== true || line.way === undefined) return undefined;
    if (isStillTheWay(line.way, this.#find)) return line.connection;

    line.connection.retire();
    return undefined;
  }

  /** Those who ask at the same time share one attempt. */
  #connect(name: string): Promise<Connection> {
    const line = this.#lines.get(name) ?? newLine();
    this.#lines.set(name, line);

    line.opening ??= this.#open(name, line).finally(() => {
      line.opening = undefined;
    });
    return line.opening;
  }

  async #open(name: string, line: Line): Promise<Connection> {
    const way = wayTo(name, this.#find);
    const { opener } = await this.#start();

    try {
      await this.#pause(line);
      this.#refuseWhenClosed(name);

      const jump = await this.#jump(way);
      const connection = await opener.open(way, jump);
      this.#keep(connection, jump);
      Object.assign(line, { way, connection, failures: 0 });
      return connection;
    } catch (error) {
      line.failures++;
      line.failedAt = performance.now();
      if (!(error instanceof ConnectionFailed)) throw error;
      throw new HostUnreachable(name, error.explanation.because, false, error.message);
    }
  }

  /** Longer after each failure, and never as long as for the others, so that a fleet does not come back in step. */
  async #pause({ failures, failedAt }: Line): Promise<void> {
    if (failures === 0) return;

    const most = Math.min(longestPauseMs, 250 * 2 ** (failures - 1));
    const pauseMs = most * (0.5 + Math.random() / 2) - (performance.now() - failedAt);
    if (pauseMs > 0) await sleep(pauseMs, undefined, { signal: this.#closing.signal }).catch(() => {});
  }

  /** A warm connection to the jump host carries all the hosts behind it. */
  async #jump([host, jump]: Way): Promise<Connection | undefined> {
    if (jump === undefined) return undefined;

    try {
      return this.#warm(jump.name) ?? (await this.#connect(jump.name));
    } catch (error) {
      if (!(error instanceof HostUnreachable)) throw error;
      // Many jump hosts give no shell but pass connections on. OpenSSH then logs in there by itself.
      if (error.because === "not-a-posix-shell") return undefined;
      throw new HostUnreachable(host.name, "jump-host-failed", false, `${host.name}: its jump host ${error.message}`);
    }
  }

  #keep(connection: Connection, jump: Connection | undefined): void {
    this.#connections.add(connection);
    if (jump !== undefined) jump.dependents++;

    void connection.closed.then(() => {
      this.#connections.delete(connection);
      if (jump !== undefined) jump.dependents--;
    });
    if (this.#closing.signal.aborted) connection.abandon();
  }

  #start(): Promise<Started> {
    this.#started ??= makePrivateDirectory(this.#setup.directory).then((directory) => ({
      directory,
      opener: new Opener(directory, this.#options, this.#setup.userConfig),
    }));
    this.#started.catch(() => {
      this.#started = undefined;
    });
    return this.#started;
  }

  #refuseWhenClosed(name: string): void {
    if (this.#closing.signal.aborted) {
      throw new HostUnreachable(name, "connection-lost", false, `${name}: the connections are being closed.`);
    }
  }

  #closeIdle(): void {
    for (const connection of this.#connections) connection.closeIdle(this.#options.idleMinutes * 60_000);
  }
}

function newLine(): Line {
  return { way: undefined, connection: undefined, opening: undefined, failures: 0, failedAt: 0 };
}
