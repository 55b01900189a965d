import { describe, expect, it } from "vitest";

import { describeSignIns } from "../../ports/sign-in.contract.ts";
import { describeStore } from "../../ports/store.contract.ts";
import { systemClock } from "../clock/system.ts";
import { appendToAudit } from "./audit.ts";
import { memoryStore } from "./memory.ts";
import type { Database, Trx } from "./schema.ts";

describeStore("the store in memory", () => memoryStore({ clock: systemClock }));
describeSignIns("sign-in in the store in memory", () => memoryStore({ clock: systemClock }));

describe("whatever writes", () => {
  it("takes a transaction and nothing else", () => {
    const outside = (db: Database): Promise<void> =>
      // @ts-expect-error The database itself would wait for the transaction around it for ever.
      appendToAudit(db, 1, []);
    const inside = (trx: Trx): Promise<void> => appendToAudit(trx, 1, []);
    expect([outside, inside]).toHaveLength(2);
  });
});
