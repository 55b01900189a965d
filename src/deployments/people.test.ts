import { expect, it } from "vitest";

import { aPerson } from "../../test/support/callers.ts";
import { systemClock } from "../adapters/clock/system.ts";
import { inProcessQueue } from "../adapters/queue/in-process.ts";
import { memoryStore } from "../adapters/store/memory.ts";
import type { Right } from "../core/permissions.ts";
import { amend } from "./people.ts";

it("changes of people that are decided on the same state are decided again, one after the other", async () => {
  const store = await memoryStore({ clock: systemClock });
  const world = { store, clock: systemClock, queue: inProcessQueue({ clock: systemClock, onError: () => {} }) };
  await store.people.write([{ login: "kim", set: { grants: [{ right: "admin", environment: null }] } }], [], 1);
  const wanted: readonly Right[] = ["view", "deploy", "artifacts"];
  let reading = 0;
  let allRead = (): void => undefined;
  const everybodyRead = new Promise<void>((resolve) => {
    allRead = resolve;
  });
  const together = {
    ...world,
    store: {
      ...store,
      people: {
        ...store.people,
        book: async () => {
          const book = await store.people.book();
          reading += 1;
          if (reading === wanted.length) allRead();
          await everybodyRead;
          return book;
        },
      },
    },
  };
  await Promise.all(
    wanted.map(async (right) =>
      amend({ kind: "grant", login: "kim", grant: { right, environment: null } }, aPerson("kim", "admin"), together),
    ),
  );
  const held = (await store.people.find("kim"))?.grants.map(({ right }) => right);
  expect(held?.toSorted()).toEqual(["admin", "artifacts", "deploy", "view"]);
  await world.queue.close();
  await store.close();
});
