/** The store without a file, for tests: the real one, in memory. */
import type { Clock } from "../../ports/clock.ts";
import type { KyselyStore } from "./kysely-store.ts";
import { openSqliteStore } from "./sqlite.ts";

export function memoryStore({ clock }: { readonly clock: Clock }): Promise<KyselyStore> {
  return openSqliteStore({ directory: ":memory:", clock });
}
