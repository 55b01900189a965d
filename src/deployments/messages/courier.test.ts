import { expect, it } from "vitest";

import { systemClock } from "../../adapters/clock/system.ts";
import { memoryStore } from "../../adapters/store/memory.ts";
import { wakingStore } from "./courier.ts";

it("what becomes of a message is not said to come from where it was written", async () => {
  const store = await memoryStore({ clock: systemClock });
  const audit = [{ actor: "signalbox", action: "message given-up", object: "person:kim", detail: {} }];
  let sent: Promise<void> | undefined;
  const waking = wakingStore(store, () => {
    sent = store.commit({ at: 1, audit });
  });
  const message = { kind: "test", id: "1", by: "kim" } as const;
  const messages = [{ key: "a", to: { kind: "person", login: "kim" }, message }] as const;
  await store.within({ via: "token", address: "192.0.2.1" }, async () => waking.commit({ at: 1, messages }));
  await sent;
  const [row] = await store.audit({ action: "message given-up" });
  expect(row?.from).toBeUndefined();
  await store.close();
});
