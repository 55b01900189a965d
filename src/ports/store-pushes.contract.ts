/** What every store has to do for webhooks, places and reports to forges. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { PushEvent } from "../core/trigger-push.ts";
import type { NewDelivery, NewReport, PlaceChange } from "./pushes.ts";
import { PlaceChanged } from "./pushes.ts";
import { append, id, requested } from "./store.samples.ts";
import type { Store } from "./store.ts";

const [old, tip, other] = ["a".repeat(40), "b".repeat(40), "c".repeat(40)] as const;
const place = { service: "orders", environment: "dev" } as const;
const main = "refs/heads/main";

const aPush = (after: string, name = "main"): PushEvent => ({
  repository: { addresses: ["https://git.example/acme/orders.git"], name: "acme/orders" },
  ref: { kind: "branch", name },
  change: "moved",
  before: old,
  after,
  forced: false,
  pusher: { login: "kim" },
  authors: [],
  authorsComplete: false,
  changedPaths: "unknown",
});

const aDelivery = (key: string, ...pushes: readonly PushEvent[]): NewDelivery => ({
  hook: "forge",
  delivery: `id of ${key}`,
  key,
  pushes: pushes.length === 0 ? [aPush(tip)] : pushes,
});

const aReport: NewReport = {
  key: "r1",
  hook: "forge",
  repository: "acme/orders",
  revision: tip,
  place: "orders@dev",
  deployment: id(1),
  words: null,
};

export function describePushes(name: string, open: () => Promise<Store>): void {
  describe(`${name}: pushes`, () => {
    let store: Store;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());
    const keys = async (at: number): Promise<string[]> => (await store.pushes.due(at, 100)).map(({ key }) => key);

    describe("deliveries", () => {
      it("are kept whole, with a row in the audit log each", async () => {
        const from = { via: "hook", address: "10.0.0.7", name: "forge" } as const;
        expect(await store.pushes.accept([{ ...aDelivery("1"), from }, aDelivery("2", aPush(other))], 10)).toEqual([
          "new",
          "new",
        ]);
        expect(await store.pushes.due(9, 100)).toEqual([]);
        expect(await store.pushes.due(10, 1)).toEqual([
          { ...aDelivery("1"), id: expect.any(Number), at: 10, tries: 0 },
        ]);
        const [second, first] = await store.audit({});
        expect(second).not.toHaveProperty("from");
        expect(first).toMatchObject({
          actor: "hook:forge",
          action: "accept webhook",
          object: "acme/orders",
          detail: { delivery: "id of 1", refs: [main], pusher: "kim" },
          from,
        });
      });

      it("are kept once, whoever sends them again, in one batch or later", async () => {
        const answers = await store.pushes.accept([aDelivery("1"), aDelivery("1")], 10);
        expect(answers).toEqual(["new", "known"]);
        expect(await store.pushes.accept([aDelivery("1", aPush(other))], 11)).toEqual(["known"]);
        await store.pushes.settle([(await store.pushes.due(11, 1))[0]!.id], { kind: "done", said: [] });
        expect(await store.pushes.accept([aDelivery("1")], 12)).toEqual(["known"]);
        expect(await keys(20)).toEqual([]);
        expect(await store.audit({})).toHaveLength(1);
      });

      it("under another id are known when their pushes are the newest of their refs", async () => {
        const accept = (...args: Parameters<typeof aDelivery>) => store.pushes.accept([aDelivery(...args)], 10);
        expect(await accept("1", aPush(tip), aPush(tip, "dev"))).toEqual(["new"]);
        expect(await accept("2", aPush(tip, "dev"))).toEqual(["known"]);
        expect(await accept("3", aPush(other))).toEqual(["new"]);
        // The branch may have been moved to and fro.
        expect(await accept("4", aPush(tip))).toEqual(["new"]);
        expect(await accept("5", aPush(tip), aPush(other, "dev"))).toEqual(["new"]);
        expect(await keys(20)).toEqual(["1", "3", "4", "5"]);
      });

      it("wait until they are settled, with what was said of them", async () => {
        await store.pushes.accept([aDelivery("1"), aDelivery("2", aPush(other)), aDelivery("3", aPush(old))], 10);
        const [first, second, third] = (await store.pushes.due(10, 100)).map((one) => one.id);
        await store.pushes.settle([first!], { kind: "again", at: 30, error: "no answer" });
        await store.pushes.settle([second!], { kind: "done", said: ["deployed"] });
        await store.pushes.settle([third!], { kind: "given-up", error: "too often" });
        expect(await keys(29)).toEqual([]);
        expect(await store.pushes.due(30, 100)).toMatchObject([{ key: "1", tries: 1 }]);
        expect(await store.pushes.list({ hook: "forge" })).toMatchObject([
          { key: "3", state: "given-up", said: ["too often"] },
          { key: "2", state: "done", said: ["deployed"], at: 10 },
          { key: "1", state: "waiting", said: ["no answer"] },
        ]);
        expect(await store.pushes.list({ hook: "another" })).toEqual([]);
        expect(await store.pushes.list({ limit: 1 })).toHaveLength(1);
      });

      it("are forgotten when they are old, except those that wait", async () => {
        await store.pushes.accept([aDelivery("1"), aDelivery("2", aPush(other))], 10);
        await store.pushes.settle([(await store.pushes.due(10, 1))[0]!.id], { kind: "done", said: [] });
        expect(await store.pushes.forget(10)).toBe(0);
        expect(await store.pushes.forget(11)).toBe(1);
        expect(await keys(20)).toEqual(["2"]);
      });
    });

    describe("a place", () => {
      const write = (change: Partial<PlaceChange>, at = 10): Promise<void> =>
        store.commit({ at, places: [{ ...place, expected: 0, ...change }] });
      const read = (ref = main) => store.pushes.place("orders", "dev", ref);

      it("is known by its refs and by what was asked for", async () => {
        expect(await read()).toEqual({ version: 0, known: {} });
        const asked = { revision: tip, committedAt: 5, ref: { kind: "branch", name: "main" } } as const;
        await write({ seen: { ref: main, revision: tip }, requested: asked });
        expect(await read()).toEqual({ version: 1, known: { seen: tip, requested: asked } });
        expect(await read("refs/tags/v1")).toEqual({ version: 1, known: { requested: asked } });
        await write({ expected: 1, seen: { ref: main, revision: other } });
        expect(await read()).toEqual({ version: 2, known: { seen: other, requested: asked } });
        expect(await store.pushes.place("orders", "stage", main)).toEqual({ version: 0, known: {} });
      });

      it("changes only for who knew the last version, and for who does not care", async () => {
        await expect(write({ expected: 1 })).rejects.toThrow(PlaceChanged);
        await write({ seen: { ref: main, revision: tip } });
        for (const expected of [0, 2, 7])
          await expect(write({ expected, seen: { ref: main, revision: old } })).rejects.toThrow(PlaceChanged);
        expect(await read()).toEqual({ version: 1, known: { seen: tip } });
        await write({ expected: null, requested: { revision: other, committedAt: 1 } });
        expect(await read()).toEqual({
          version: 2,
          known: { seen: tip, requested: { revision: other, committedAt: 1 } },
        });
        const places = [
          { service: "new", environment: "dev", expected: null, requested: { revision: old, committedAt: 1 } },
        ];
        await store.commit({ at: 1, places });
        expect(await store.pushes.place("new", "dev", main)).toMatchObject({ version: 1 });
      });

      it("that changed takes the whole change with it", async () => {
        await write({ seen: { ref: main, revision: tip } });
        const change = store.commit({
          at: 20,
          journals: [append({ id: id(1) }, 20, [requested()])],
          reports: [aReport],
          places: [{ ...place, expected: 0, seen: { ref: main, revision: other } }],
        });
        await expect(change).rejects.toThrow(PlaceChanged);
        expect(await store.journal(id(1))).toEqual([]);
        expect(await store.pushes.dueReports(99, 100)).toEqual([]);
      });

      it("lets one of many writers win who all know the same", async () => {
        const results = await Promise.allSettled(
          Array.from({ length: 20 }, () => write({ seen: { ref: main, revision: tip } })),
        );
        expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      });
    });

    describe("a report", () => {
      it("is written once and shown until nothing more comes", async () => {
        await store.commit({ at: 10, reports: [aReport] });
        await store.commit({ at: 11, reports: [{ ...aReport, repository: "another" }] });
        const [report] = await store.pushes.dueReports(10, 100);
        expect(report).toEqual({ ...aReport, id: expect.any(Number), at: 10, tries: 0, shown: null });
        const next = async () => (await store.pushes.openReports(id(1))).map(({ shown, tries }) => [shown, tries]);
        await store.pushes.settleReport(report!.id, { kind: "again", at: 20, error: "no answer" }, 12);
        expect(await store.pushes.dueReports(19, 100)).toEqual([]);
        expect(await next()).toEqual([[null, 1]]);
        await store.pushes.settleReport(report!.id, { kind: "shown", state: "pending", next: 50 }, 21);
        expect(await next()).toEqual([["pending", 0]]);
        await store.pushes.settleReport(report!.id, { kind: "shown", state: "failure", next: null }, 51);
        expect([await next(), await store.pushes.dueReports(99, 100)]).toEqual([[], []]);
        expect(await store.pushes.openReports(id(2))).toEqual([]);
        expect(await store.pushes.forget(52)).toBe(1);
      });

      it("may be given up", async () => {
        await store.commit({ at: 10, reports: [aReport] });
        const [report] = await store.pushes.dueReports(10, 100);
        await store.pushes.settleReport(report!.id, { kind: "given-up", error: "no right" }, 12);
        expect(await store.pushes.dueReports(99, 100)).toEqual([]);
      });
    });
  });
}
