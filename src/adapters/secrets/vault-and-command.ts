/**
 * The vault, and a team's program for what is not in it.
 *
 * What the program said when a plan was made is remembered until the server ends, so that all hosts get the value that
 * was pinned. After that it is asked again, and a value that was changed meanwhile is refused.
 */

import type { SecretPin } from "../../core/secret.ts";
import type { Secrets, SecretUser, SecretVault } from "../../ports/secrets.ts";
import { SecretFailed } from "../../ports/secrets.ts";

export interface VaultAndCommand {
  readonly vault: SecretVault;
  /** The program as it is configured now, for one time of asking; nothing when there is none. */
  readonly command: () => Secrets | undefined;
}

export function vaultAndCommand({ vault, command }: VaultAndCommand): SecretVault {
  const remembered = new Map<string, string>();
  const fromCommand = async (names: readonly string[], user: SecretUser): Promise<readonly SecretPin[]> => {
    const asked = command();
    if (names.length === 0) return [];
    if (asked === undefined) return await vault.current(names, user);
    const pins = await asked.current(names, user);
    for (const pin of pins) remembered.set(JSON.stringify(keyOf(pin)), await asked.get(pin));
    return pins;
  };
  return {
    async current(names, user) {
      const kept = new Map<string, SecretPin>();
      for (const name of new Set(names)) {
        const pin = await inVault(vault, name, user);
        if (pin !== undefined) kept.set(name, pin);
      }
      const others = [...new Set(names)].filter((name) => !kept.has(name));
      for (const pin of await fromCommand(others, user)) kept.set(pin.name, pin);
      return names.map((name) => kept.get(name)!);
    },

    async get(pin) {
      if (!isOfCommand(pin)) return await vault.get(pin);
      const known = remembered.get(JSON.stringify(keyOf(pin)));
      if (known !== undefined) return known;
      const asked = command();
      if (asked === undefined) throw noCommand(pin);
      const value = await asked.get(pin);
      remembered.set(JSON.stringify(keyOf(pin)), value);
      return value;
    },

    put: (secret) => vault.put(secret),
    list: () => vault.list(),
    remove: (secret, by) => vault.remove(secret, by),
    values: () => vault.values(),
    rotateKey: (by) => vault.rotateKey(by),
  };
}

/** Versions of the vault are numbers; fingerprints are not. */
function isOfCommand({ version }: SecretPin): boolean {
  return version.startsWith("f-");
}

function keyOf({ name, service, environment, version }: SecretPin): readonly unknown[] {
  return [name, service, environment, version];
}

async function inVault(vault: SecretVault, name: string, user: SecretUser): Promise<SecretPin | undefined> {
  try {
    return (await vault.current([name], user))[0];
  } catch (error) {
    if (error instanceof SecretFailed && error.kind === "missing") return undefined;
    throw error;
  }
}

function noCommand({ name }: SecretPin): SecretFailed {
  const message =
    `The secret ${name} was had from a program, and the configuration names none any more.\n` +
    "  Next: add secrets.command again, or ask for the deployment again.";
  return new SecretFailed("missing", message);
}
