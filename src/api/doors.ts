/** The ways into the server: a socket that only its own user can open, and TCP where it is asked for. */
import { chmod, readFile, rm } from "node:fs/promises";
import type { Server } from "node:https";
import { createSecureContext } from "node:tls";

import type { FastifyInstance } from "fastify";

import { callerOfSocket } from "../deployments/callers.ts";
import type { ApiContext } from "./context.ts";
import type { PagesContext } from "./pages/pages-context.ts";
import { buildApi } from "./server.ts";

export interface Listen {
  readonly host: string;
  readonly port: number;
  /** PEM files, read again by `reload`. */
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
  /** Proxies whose word is taken for where a request comes from: addresses, and networks such as `10.0.0.0/8`. */
  readonly proxies?: readonly string[];
}

export interface DoorOptions {
  readonly socket: string;
  /** The user to whom the socket belongs. */
  readonly user: string;
  readonly listen: Listen | undefined;
  readonly pages: Omit<PagesContext, "world">;
}

export interface Doors {
  /** Takes the files of the certificate as they are now; what is open stays open. The old ones hold when it throws. */
  reload(): Promise<void>;
  close(): Promise<void>;
}

/** What was opened is closed again when it throws. */
export async function openDoors(context: ApiContext, { socket, user, listen, pages }: DoorOptions): Promise<Doors> {
  const open: FastifyInstance[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(open.map(async (door) => door.close()));
  };
  try {
    await rm(socket, { force: true });
    const local = await buildApi(context, { trusted: async () => callerOfSocket(user, context.world) });
    open.push(local);
    await local.listen({ path: socket });
    await chmod(socket, 0o600);
    if (listen === undefined) return { reload: async () => {}, close };

    const { host, port, tls, proxies } = listen;
    const read = tls === undefined ? undefined : await readTls(tls);
    const api = await buildApi(context, {
      log: true,
      pages,
      ...(read === undefined ? {} : { tls: read }),
      ...(proxies === undefined ? {} : { proxies }),
    });
    open.push(api);
    await api.listen({ host, port });
    const reload = async (): Promise<void> => {
      if (tls !== undefined) (api.server as unknown as Server).setSecureContext(await readTls(tls));
    };
    return { reload, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** @throws when the two do not belong together */
async function readTls({ certFile, keyFile }: NonNullable<Listen["tls"]>): Promise<{ cert: string; key: string }> {
  const [cert, key] = await Promise.all([readFile(certFile, "utf8"), readFile(keyFile, "utf8")]);
  try {
    createSecureContext({ cert, key });
  } catch {
    throw new Error(`${certFile} and ${keyFile} are not a certificate and its key, as PEM`);
  }
  return { cert, key };
}
