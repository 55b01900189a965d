/** A server of its own with people in it, whose decisions come over the network with tokens of their own. */
import { createHash, randomBytes } from "node:crypto";

import { systemClock } from "../../src/adapters/clock/system.ts";
import { openSqliteStore } from "../../src/adapters/store/sqlite.ts";
import type { Client } from "../../src/api/client.ts";
import { connect } from "../../src/api/http-client.ts";
import type { Right } from "../../src/core/permissions.ts";
import { freePort } from "../../testbed/free-port.ts";
import { ServerProcess } from "../../testbed/server-process.ts";
import type { Workshop } from "../../testbed/workshop.ts";
import type { Engine } from "./journey.ts";

export interface StaffedServer extends Engine {
  readonly process: ServerProcess;
  /** The API as this person calls it. */
  as(login: keyof typeof staff): Client;
}

const staff = {
  kim: ["view", "approve"],
  lee: ["view", "approve"],
  moon: ["view", "approve"],
  dev: ["view", "deploy"],
  root: ["view", "break-glass"],
} as const satisfies Record<string, readonly Right[]>;

export async function staffedServer({ configFile, dataDirectory }: Workshop): Promise<StaffedServer> {
  const tokens = await hire(dataDirectory);
  const port = await freePort();
  const process = new ServerProcess({ configFile, dataDirectory }, ["--listen", `127.0.0.1:${port}`]);
  await process.start();
  return {
    process,
    client: process.client,
    as: (login) => connect({ url: `http://127.0.0.1:${port}`, token: tokens.get(login)! }),
    close: async () => process.stop(),
  };
}

/** People with tokens, before the server that asks them begins. */
async function hire(directory: string): Promise<ReadonlyMap<string, string>> {
  const store = await openSqliteStore({ directory, clock: systemClock });
  const at = systemClock.now();
  const tokens = new Map<string, string>();
  for (const [login, rights] of Object.entries(staff)) {
    const token = `sbx_${randomBytes(32).toString("base64url")}`;
    const grants = rights.map((right) => ({ right, environment: null }));
    const hash = createHash("sha256").update(token).digest("hex");
    await store.people.write([{ login, set: { name: login, grants } }], [], at);
    await store.addToken({
      name: login,
      hash,
      grants,
      login,
      createdAt: at,
      createdBy: login,
      expiresAt: at + 86_400_000,
    });
    tokens.set(login, token);
  }
  await store.close();
  return tokens;
}
