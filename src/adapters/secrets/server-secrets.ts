/** The secrets of a server, whole: the vault with its key file, the team's program, and what the masks have to know. */
import type { Clock } from "../../ports/clock.ts";
import type { SecretVault } from "../../ports/secrets.ts";
import { SecretFailed } from "../../ports/secrets.ts";
import { commandSecrets } from "./command.ts";
import type { CommandSecretsOptions } from "./command.ts";
import { keyFile } from "./key-file.ts";
import { knownValues } from "./known-values.ts";
import type { SecretDatabase } from "./rows.ts";
import { vaultAndCommand } from "./vault-and-command.ts";
import { vault as openVault } from "./vault.ts";

export interface ServerSecretsOptions {
  readonly database: SecretDatabase;
  /** The file of the master key, and the directory that it must not lie in. */
  readonly key: { readonly file: string; readonly apartFrom: string };
  readonly clock: Clock;
  /** The program of the configuration that holds now. */
  readonly command: () => Pick<CommandSecretsOptions, "argv" | "variables" | "limitSeconds"> | undefined;
  /** Ends the programs that run. */
  readonly signal: AbortSignal;
  /** For what does not keep the server from starting, but somebody has to know. */
  readonly warn: (message: string) => void;
}

export interface ServerSecrets {
  readonly secrets: SecretVault;
  /** Every value that this server has had in its hands, for the masks. */
  readonly values: () => readonly string[];
}

/** @throws {SecretFailed} `no-key`: the key file is one that nobody should go on with */
export async function serverSecrets(options: ServerSecretsOptions): Promise<ServerSecrets> {
  const { database, key, clock, command, signal, warn } = options;
  const file = keyFile(key);
  await file.read();
  const known = knownValues();
  const vault = openVault({ database, keyFile: file, clock });
  // A key that is gone, or a row that was changed: what needs them will say so. Everything else goes on, also the way
  // to a new value; only the masks can't know what nobody can read.
  for (const message of await learnAll(vault, known.add)) warn(message);

  const asked = (): ReturnType<typeof commandSecrets> | undefined => {
    const configured = command();
    if (configured === undefined) return undefined;
    const secrets = commandSecrets({ ...configured, fingerprintKey: () => vault.fingerprintKey(), signal });
    return known.watch(secrets);
  };
  const both = vaultAndCommand({ vault, command: asked });
  const watched = known.watch(both);
  return {
    values: known.values,
    secrets: {
      ...both,
      get: watched.get,
      put: async (secret) => {
        const done = await both.put(secret);
        known.add(secret.value);
        return done;
      },
    },
  };
}

/** Learns every value that can be read, and says of which it could not. */
async function learnAll(vault: SecretVault, add: (value: string) => void): Promise<readonly string[]> {
  try {
    for (const value of await vault.values()) add(value);
    return [];
  } catch (error) {
    if (!(error instanceof SecretFailed)) throw error;
  }
  const messages = new Set<string>();
  for (const { versions, ...id } of await vault.list()) {
    for (const { version } of versions) {
      try {
        add(await vault.get({ ...id, version }));
      } catch (error) {
        if (!(error instanceof SecretFailed)) throw error;
        messages.add(error.message);
      }
    }
  }
  return [...messages];
}
