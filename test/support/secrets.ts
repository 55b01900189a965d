/** A server's secrets as they are, over a store in memory and with a key file in a directory of its own. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { systemClock } from "../../src/adapters/clock/system.ts";
import { masksOf } from "../../src/adapters/logs/masks.ts";
import type { ServerSecretsOptions } from "../../src/adapters/secrets/server-secrets.ts";
import { serverSecrets } from "../../src/adapters/secrets/server-secrets.ts";
import type { KyselyStore } from "../../src/adapters/store/kysely-store.ts";
import type { World } from "../../src/deployments/world.ts";

export interface TestSecrets extends Pick<World, "secrets" | "masks"> {
  readonly values: () => readonly string[];
  readonly warnings: readonly string[];
  readonly keyFile: string;
  close(): Promise<void>;
}

export async function testSecrets(
  store: KyselyStore,
  change: Partial<ServerSecretsOptions> = {},
): Promise<TestSecrets> {
  const directory = await mkdtemp(path.join(tmpdir(), "signalbox-key-"));
  const warnings: string[] = [];
  const key = { file: path.join(directory, "keys", "secrets.key"), apartFrom: path.join(directory, "data") };
  const { secrets, values } = await serverSecrets({
    database: store.tablesOf(),
    key,
    clock: systemClock,
    command: () => undefined,
    signal: new AbortController().signal,
    warn: (message) => warnings.push(message),
    ...change,
  });
  return {
    secrets,
    values,
    masks: masksOf(values),
    warnings,
    keyFile: (change.key ?? key).file,
    close: () => rm(directory, { recursive: true, force: true }),
  };
}
