/** The store without a file, for tests: the real one, in memory. */
import type { Clock } from "../../ports/clock.ts";
import type { Store } from "../../ports/store.ts";
import { openSqliteStore } from "./sqlite.ts";

export function memoryStore({ clock }: { readonly clock: Clock }): Promise<Store> {
  return openSqliteStore({ directory: ":memory:", clock });
}
