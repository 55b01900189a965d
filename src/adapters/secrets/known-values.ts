/** Remembers every value that this process has had in its hands, so that logs can be kept free of them. */
import type { Secrets, SecretVault } from "../../ports/secrets.ts";

export interface KnownValues {
  /** For the masks of logs and messages. */
  values(): readonly string[];
  /** The same secrets; whatever is got from them is known from then on. */
  watch(secrets: Secrets): Secrets;
  /** At a start: a service may print what it got from an earlier one. */
  learn(vault: Pick<SecretVault, "values">): Promise<void>;
  /** Before it goes anywhere else, for a value that somebody just entered. */
  add(value: string): void;
}

export function knownValues(): KnownValues {
  const known = new Set<string>();
  let listed: readonly string[] = [];
  const add = (value: string): void => {
    if (known.has(value)) return;
    known.add(value);
    listed = [...known];
  };
  return {
    // The same list while nothing is new: whoever prepares masks from it can see that.
    values: () => listed,
    watch: (secrets) => ({
      current: async (names, user) => await secrets.current(names, user),
      get: async (pin) => {
        const value = await secrets.get(pin);
        add(value);
        return value;
      },
    }),
    learn: async (vault) => {
      for (const value of await vault.values()) add(value);
    },
    add,
  };
}
