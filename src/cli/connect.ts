/** Where the command line finds the API: at a server, or with the engine in its own process. */
import { stat } from "node:fs/promises";

import type { Client } from "../api/client.ts";
import { exitCodes } from "../core/exit-code.ts";
import { Stopped } from "./stopped.ts";

export interface Wanted {
  readonly server?: string;
  readonly token?: string;
  /** The engine in this process, even when a server is known. */
  readonly local: boolean;
  readonly configFile?: string;
  readonly dataDirectory?: string;
  readonly secretsKey?: string;
  /** Why an environment that needs an approval is changed without one. */
  readonly breakGlass?: string;
}

export interface Connection {
  readonly client: Client;
  /** `server`: deployments go on when this process ends. `here`: they are carried by this process. */
  readonly carriedBy: "server" | "here";
  close(): Promise<void>;
}

export const usualConfigFiles = ["signalbox.yml", "/etc/signalbox/signalbox.yml"];

export async function connect(wanted: Wanted): Promise<Connection> {
  return wanted.server === undefined || wanted.local ? openHere(wanted) : openServer(wanted.server, wanted.token);
}

async function openServer(server: string, token: string | undefined): Promise<Connection> {
  const { connect: connectTo } = await import("../api/http-client.ts");
  const client = connectTo(server.startsWith("/") ? { socket: server, token } : { url: server, token });
  return { client, carriedBy: "server", close: () => client.close() };
}

async function openHere({ configFile, dataDirectory, secretsKey, breakGlass }: Wanted): Promise<Connection> {
  const file = await configurationFile(configFile);
  const { openLocal } = await import("../signalbox.ts");
  return openLocal({
    configFile: file,
    ...(dataDirectory === undefined ? {} : { dataDirectory }),
    ...(secretsKey === undefined ? {} : { secretsKey }),
    ...(breakGlass === undefined ? {} : { breakGlass }),
  });
}

/** The file that was named, or the first of the usual ones that is there. */
export async function configurationFile(named: string | undefined): Promise<string> {
  for (const file of named === undefined ? usualConfigFiles : [named]) {
    if (await isFile(file)) return file;
  }
  throw new Stopped(
    named === undefined
      ? `there is no configuration here: neither ${usualConfigFiles.join(" nor ")} exists`
      : `there is no configuration file ${named}`,
    {
      exitCode: exitCodes.usage,
      next: "signalbox init writes one; --config FILE names one; --server URL talks to a server",
    },
  );
}

async function isFile(file: string): Promise<boolean> {
  return stat(file).then(
    (found) => found.isFile(),
    () => false,
  );
}
