import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import type { HostAddress } from "../../../ports/hosts.ts";
import { Connection, ConnectionFailed, type ConnectionPlace } from "./connection.ts";
import { Handshakes } from "./handshakes.ts";
import { knownHosts } from "./known-hosts.ts";
import type { SshOptions } from "./options.ts";
import { sshConfig } from "./ssh-config.ts";
import type { Way } from "./way.ts";

/** So often a connection that was closed before the login is tried at once: nothing was sent yet. */
const attempts = 3;

/** Opens connections: gives OpenSSH its files, and keeps the number of handshakes at once within bounds. */
export class Opener {
  readonly #directory: string;
  readonly #options: SshOptions;
  readonly #userConfig: string | undefined;
  readonly #handshakes: Handshakes;
  #opened = 0;

  constructor(directory: string, options: SshOptions, userConfig?: string) {
    this.#directory = directory;
    this.#options = options;
    this.#userConfig = userConfig;
    this.#handshakes = new Handshakes(options.handshakesAtOnce);
  }

  /**
   * @param jump the warm connection to the first jump host, which then needs no handshake of its own
   * @throws {ConnectionFailed}
   */
  async open(way: Way, jump: Connection | undefined): Promise<Connection> {
    const network = way[0].jump ?? "direct";

    for (let attempt = 1; ; attempt++) {
      try {
        const place = await this.#place(way, jump);
        return await this.#handshakes.within(network, () =>
          Connection.open(place, this.#options.connectTimeoutSeconds),
        );
      } catch (error) {
        const mayPass = error instanceof ConnectionFailed && error.explanation.isPassing;
        if (!mayPass || attempt === attempts) throw error;
      }
      await sleep(200 * attempt + 500 * Math.random());
    }
  }

  /** Each attempt has files of its own: what an earlier one left cannot be in its way. */
  async #place(way: Way, jump: Connection | undefined): Promise<ConnectionPlace> {
    const base = join(this.#directory, String(++this.#opened));
    const configured = way.map((host, index) => ({
      host,
      knownHostsFile: `${base}.keys${index}`,
      controlPath: index === 0 ? `${base}.sock` : index === 1 && jump !== undefined ? jump.place.controlPath : "none",
    }));

    await Promise.all(
      configured.map(({ host, knownHostsFile }) => writeFile(knownHostsFile, knownHosts(host), secret)),
    );
    await writeFile(`${base}.conf`, sshConfig(configured, this.#options, this.#userConfig), secret);

    const [host, ...through] = way as [HostAddress, ...HostAddress[]];
    return { host, way: through, configFile: `${base}.conf`, controlPath: `${base}.sock`, logFile: `${base}.log` };
  }
}

const secret = { mode: 0o600, flag: "wx" } as const;
