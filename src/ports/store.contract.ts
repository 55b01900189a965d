/** What every store has to do. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { DeploymentEvent } from "../core/deployment.ts";
import { describeApprovals, describeOutbox } from "./store-outbox.contract.ts";
import { describePushes } from "./store-pushes.contract.ts";
import { describeRecords } from "./store-records.contract.ts";
import type { Known } from "./store.samples.ts";
import { append, aRelease, finished, id, requested } from "./store.samples.ts";
import type { Change, Store } from "./store.ts";
import { JournalConflict, LockHeld } from "./store.ts";

export function describeStore(name: string, open: () => Promise<Store>): void {
  describe(name, () => {
    let store: Store;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());

    const commitJournal = async (
      known: Known,
      at: number,
      events: readonly DeploymentEvent[],
      more?: Partial<Change>,
    ) => {
      const journal = append(known, at, events);
      await store.commit({ at, journals: [journal], ...more });
      return { id: known.id, deployment: journal.after };
    };

    describe("a journal", () => {
      it("gives back the events of every change in their order", async () => {
        const first = await commitJournal({ id: id(1) }, 10, [requested()]);
        await commitJournal(first, 20, [
          { kind: "pause-requested", by: "lee" },
          { kind: "resumed", by: "kim" },
        ]);

        const journal = await store.journal(id(1));
        expect(journal.map(({ sequence, at, event }) => [sequence, at, event.kind])).toEqual([
          [1, 10, "requested"],
          [2, 20, "pause-requested"],
          [3, 20, "resumed"],
        ]);
        expect(await store.journal(id(1), 2)).toEqual(journal.slice(2));
        expect(await store.journal("unknown")).toEqual([]);
      });

      it("refuses events that were decided without the last ones", async () => {
        const first = await commitJournal({ id: id(1) }, 10, [requested()]);
        await commitJournal(first, 20, [{ kind: "pause-requested", by: "lee" }]);

        await expect(commitJournal(first, 21, [{ kind: "resumed", by: "kim" }])).rejects.toThrow(JournalConflict);
        expect(await store.journal(id(1))).toHaveLength(2);
      });

      it("is begun once", async () => {
        await commitJournal({ id: id(1) }, 10, [requested()]);
        await expect(commitJournal({ id: id(1) }, 11, [requested()])).rejects.toThrow(JournalConflict);
      });

      it("lets one of many writers win who all know the same", async () => {
        const first = await commitJournal({ id: id(1) }, 10, [requested()]);
        const results = await Promise.allSettled(
          Array.from({ length: 20 }, (_, by) => commitJournal(first, 20, [{ kind: "pause-requested", by: `${by}` }])),
        );

        expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
        const refused = results.filter((result) => result.status === "rejected");
        expect(refused.filter(({ reason }) => !(reason instanceof JournalConflict))).toEqual([]);
        expect(await store.journal(id(1))).toHaveLength(2);
      });
    });

    describe("a change", () => {
      it("is written as a whole or not at all", async () => {
        const first = await commitJournal({ id: id(1) }, 10, [requested()]);
        await commitJournal(first, 11, [{ kind: "pause-requested", by: "lee" }]);
        const change = commitJournal({ id: id(2) }, 20, [requested()], {
          journals: [append({ id: id(2) }, 20, [requested()]), append(first, 20, [{ kind: "resumed", by: "kim" }])],
          takeLocks: { owner: id(2), reason: "deploy", resources: ["orders@production"] },
          releases: [
            {
              service: "orders",
              environment: "production",
              release: aRelease(1),
              deployment: id(2),
              verdict: "unproven",
            },
          ],
          audit: [{ actor: "kim", action: "request", object: id(2), detail: {} }],
        });

        await expect(change).rejects.toThrow(JournalConflict);
        expect(await store.journal(id(2))).toEqual([]);
        expect(await store.summary(id(2))).toBeUndefined();
        expect(await store.locks()).toEqual([]);
        expect(await store.releases("orders", "production")).toEqual([]);
        expect(await store.audit({})).toEqual([]);
      });

      it("that contradicts itself is refused", async () => {
        const journal = append({ id: id(1) }, 10, [requested()]);
        const wrong = { ...journal, after: { ...journal.after, sequence: 2 } };
        await expect(store.commit({ at: 10, journals: [wrong] })).rejects.toThrow("event 1");
        expect(await store.journal(id(1))).toEqual([]);
      });
    });

    describe("lists of deployments", () => {
      it("show each as it stands, the newest first", async () => {
        const first = await commitJournal({ id: id(1) }, 10, [requested({ hosts: ["web-7"] })]);
        await commitJournal({ id: id(2) }, 20, [requested({ service: "billing", kind: "restart", by: "lee" })]);
        await commitJournal(first, 30, [finished]);

        expect(await store.deployments({})).toEqual([
          {
            id: id(2),
            number: 2,
            service: "billing",
            environment: "production",
            kind: "restart",
            state: "requested",
            by: "lee",
            revision: null,
            release: null,
            requestedAt: 20,
            finishedAt: null,
            message: null,
            behind: [],
            onlyHosts: null,
          },
          {
            id: id(1),
            number: 1,
            service: "orders",
            environment: "production",
            kind: "deploy",
            state: "succeeded",
            by: "kim",
            revision: null,
            release: null,
            requestedAt: 10,
            finishedAt: 30,
            message: "It works",
            behind: ["web-7"],
            onlyHosts: ["web-7"],
          },
        ]);
      });

      it("have what came last first, also when the clock was set back", async () => {
        await commitJournal({ id: id(9) }, 90, [requested()]);
        await commitJournal({ id: id(1) }, 10, [requested()]);
        expect((await store.deployments({})).map((one) => one.id)).toEqual([id(1), id(9)]);
        expect((await store.deployments({ before: id(1) })).map((one) => one.id)).toEqual([id(9)]);
      });

      it("can be narrowed", async () => {
        for (const number of [1, 2, 3, 4]) {
          const service = number % 2 === 0 ? "orders" : "billing";
          const known = await commitJournal({ id: id(number) }, number, [requested({ service })]);
          if (number < 3) await commitJournal(known, 9, [finished]);
        }
        const ids = async (filter: Parameters<Store["deployments"]>[0]) =>
          (await store.deployments(filter)).map(({ id }) => id);

        expect(await ids({ service: "orders" })).toEqual([id(4), id(2)]);
        expect(await ids({ environment: "dev" })).toEqual([]);
        expect(await ids({ unfinished: true })).toEqual([id(4), id(3)]);
        expect(await ids({ unfinished: false })).toEqual([id(2), id(1)]);
        expect(await ids({ before: id(3) })).toEqual([id(2), id(1)]);
        expect(await ids({ service: "billing", limit: 1 })).toEqual([id(3)]);
      });

      it("find one by its id and by its number", async () => {
        await commitJournal({ id: id(7) }, 10, [requested()]);
        await commitJournal({ id: id(5) }, 10, [requested()]);

        expect((await store.summary(id(5)))?.number).toBe(2);
        expect((await store.summary("d-2"))?.id).toBe(id(5));
        expect((await store.summary("1"))?.id).toBe(id(7));
        for (const unknown of ["d-3", "0", "-1", "d-", "", "1.0", "1e0", id(6)]) {
          expect(await store.summary(unknown)).toBeUndefined();
        }
      });

      it("name the unfinished ones that are due, the longest due first", async () => {
        await store.commit({ at: 1, journals: [append({ id: id(1) }, 1, [requested()], 300)] });
        await store.commit({ at: 1, journals: [append({ id: id(2) }, 1, [requested()], 200)] });
        await store.commit({ at: 1, journals: [append({ id: id(3) }, 1, [requested()], null)] });
        await store.commit({ at: 1, journals: [append({ id: id(4) }, 1, [requested(), finished], 100)] });

        expect(await store.due(199)).toEqual([]);
        expect(await store.due(300)).toEqual([id(2), id(1)]);
      });
    });

    describe("locks", () => {
      const take = (owner: string, ...resources: string[]): Change => ({
        at: 5,
        takeLocks: { owner, reason: "deploy of orders", resources },
      });

      it("are held by one owner", async () => {
        await store.commit(take(id(1), "host:b", "host:a"));
        const refused = await store.commit(take(id(2), "host:z", "host:b")).catch((error: unknown) => error);

        expect(refused).toBeInstanceOf(LockHeld);
        const lock = { resource: "host:b", owner: id(1), reason: "deploy of orders", since: 5 };
        expect((refused as LockHeld).lock).toEqual(lock);
        expect(await store.locks()).toEqual([{ ...lock, resource: "host:a" }, lock]);
      });

      it("can be taken again by their owner, and keep their age", async () => {
        await store.commit(take(id(1), "host:a"));
        await store.commit({ ...take(id(1), "host:a", "host:b"), at: 9 });
        expect((await store.locks()).map(({ resource, since }) => [resource, since])).toEqual([
          ["host:a", 5],
          ["host:b", 9],
        ]);
      });

      it("end with their deployment", async () => {
        const known = await commitJournal({ id: id(1) }, 1, [requested()], take(id(1), "host:a"));
        await store.commit(take("other", "host:b"));
        await commitJournal(known, 2, [finished]);
        expect((await store.locks()).map(({ resource }) => resource)).toEqual(["host:b"]);
      });

      it("can be handed over in one change", async () => {
        await store.commit(take(id(1), "host:a", "host:b"));
        await store.commit({ ...take(id(2), "host:a"), releaseLocksOf: [id(1)] });
        expect((await store.locks()).map(({ resource, owner }) => [resource, owner])).toEqual([["host:a", id(2)]]);
      });

      it("are given to exactly one of many who ask at once, and nobody waits for ever", async () => {
        const results = await Promise.allSettled(
          Array.from({ length: 10 }, (_, owner) =>
            store.commit(take(`${owner}`, ...(owner % 2 ? ["a", "b"] : ["b", "a"]))),
          ),
        );
        expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      });

      it("are not given to a deployment that ends with the same change", async () => {
        const known = await commitJournal({ id: id(1) }, 1, [requested()]);
        await expect(commitJournal(known, 2, [finished], take(id(1), "host:a"))).rejects.toThrow("for ever");
      });
    });
  });
  describeRecords(name, open);
  describeOutbox(name, open);
  describeApprovals(name, open);
  describePushes(name, open);
}
