import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { membersOf } from "../core/members.ts";
import { memberName, type MemberName, type TrafficState } from "../core/traffic.ts";
import { describeFeed } from "./traffic-feed.contract.ts";
import { tally } from "./traffic-requests.contract.ts";
import { describeSides } from "./traffic-sides.contract.ts";
import { Stage, type TrafficUnderTest } from "./traffic-stage.contract.ts";
import { ProxyFailed, type TrafficChange } from "./traffic.ts";

/** What every adapter of the port must do, as far as the target's traffic can. */
export function describeTraffic(name: string, open: () => Promise<TrafficUnderTest>): void {
  describe(`traffic by ${name}`, () => {
    const stage = new Stage();
    const client = (front?: number) => stage.client(front);
    const change = (wanted: TrafficChange) => stage.change(wanted);
    const put: Stage["put"] = (member, rotation) => stage.put(member, rotation);
    const can = () => stage.can();
    const states = (): Promise<readonly TrafficState[]> => stage.world.traffic.states(stage.world.target);
    const everyone = (): readonly MemberName[] => membersOf(stage.world.target).map(memberName);
    /** Without shares there is one side, and nobody on the other. */
    const servable = () => everyone().filter((name) => can().shares || name.startsWith("blue/"));
    const comparable = async (): Promise<readonly unknown[]> =>
      (await states()).map(({ active, share, members }) => ({
        active,
        share,
        members: Object.fromEntries(Object.entries(members).map(([key, { rotation }]) => [key, rotation])),
      }));

    beforeAll(async () => {
      await stage.begin(open);
    });
    afterAll(() => stage.end());
    beforeEach(async ({ skip }) => {
      if (!can().drains) skip("there is no rotation");
      await change({
        ...(can().shares && { active: "blue", share: 0 }),
        members: Object.fromEntries(servable().map((member) => [member, "in"])),
      });
    });
    afterEach(() => stage.closeAll());

    it("tells the state of every proxy", async () => {
      const all = await states();
      expect(all).toHaveLength(stage.world.fronts.length);
      for (const state of all) {
        expect(Object.keys(state.members).sort()).toEqual([...everyone()].sort());
        expect(state.startedAt > 0).toBe(stage.world.proxies !== undefined);
      }
      expect(all[0]?.members["blue/web-1"]).toEqual({ rotation: "in", up: true, inFlight: 0, queued: 0 });
    });

    describe("a member that leaves", () => {
      it("finishes what it has and gets nothing new", async () => {
        const slow = Array.from({ length: 4 }, () => client().ask("/slow?ms=3000"));
        await sleep(300);
        await put("blue/web-1", "out");
        const inFlight = (await states())[0]?.members["blue/web-1"];
        const after = await client().askMany(200);
        const finished = await Promise.all(slow);

        expect(inFlight).toMatchObject({ rotation: "out", inFlight: 2 });
        expect(stage.statuses(finished)).toEqual({ 200: 4 });
        expect(tally(finished.map(({ member }) => member))["blue/web-1"]).toBe(2);
        expect(tally(after.map(({ member }) => member))).toEqual({ "blue/web-2": 200 });
        expect((await states())[0]?.members["blue/web-1"]?.inFlight).toBe(0);
      });

      it("loses its sticky users without a failure", async () => {
        const users = await Promise.all(Array.from({ length: 8 }, () => client().ask()));
        const load = client().keepAsking((index) => ({ cookie: users[index]!.cookie }));
        await sleep(300);
        await put("blue/web-1", "draining");
        await put("blue/web-1", "out");
        const isOut = performance.now();
        await sleep(500);
        const answers = stage.kept(await load.stop());

        expect(stage.statuses(answers)).toEqual({ 200: answers.length });
        expect(new Set(answers.map(({ member }) => member))).toEqual(new Set(["blue/web-1", "blue/web-2"]));
        expect(new Set(answers.filter(({ at }) => at > isOut).map(({ member }) => member))).toEqual(
          new Set(["blue/web-2"]),
        );
      });

      it("changes nothing when it leaves again", async () => {
        await put("blue/web-1", "out");
        const before = await comparable();
        expect(await put("blue/web-1", "out")).toEqual([]);
        expect(await comparable()).toEqual(before);
      });

      it("can be cut off from what it has", async ({ skip }) => {
        if (stage.world.cannotCut === true) skip("that ends when the copy stops");
        const slow = Array.from({ length: 4 }, () => client().ask("/slow?ms=20000"));
        await sleep(300);
        await put("blue/web-1", "out");
        const began = performance.now();
        await stage.world.traffic.cut(stage.world.target, ["blue/web-1"]);
        const first = await Promise.race(slow);
        expect(first.status).not.toBe(200);
        expect(performance.now() - began).toBeLessThan(10_000);
        expect((await states())[0]?.members).toMatchObject({
          "blue/web-1": { inFlight: 0 },
          "blue/web-2": { inFlight: 2 },
        });
      });
    });

    describe("a member that comes back, by the proxy's own check", () => {
      afterEach(() => stage.world.serve("blue/web-1", "well"));

      it.each(["not", "never-answering"] as const)("is refused while it serves %s, and gets nothing", async (how) => {
        await put("blue/web-1", "out");
        await stage.world.serve("blue/web-1", how);
        const load = client().keepAsking();
        const refused = await put("blue/web-1", "in").catch((error: unknown) => error);
        const answers = stage.kept(await load.stop());

        expect(refused).toBeInstanceOf(ProxyFailed);
        expect((refused as ProxyFailed).mayHaveChanged).toBe(false);
        expect((refused as ProxyFailed).message).toContain("blue/web-1");
        expect((refused as ProxyFailed).message).toContain((refused as ProxyFailed).proxy);
        expect(stage.statuses(answers)).toEqual({ 200: answers.length });
        expect((await states()).map(({ members }) => members["blue/web-1"]?.rotation)).toEqual(
          stage.world.fronts.map(() => "out"),
        );
      });

      it("gets requests as soon as it serves again", async () => {
        await put("blue/web-1", "out");
        await stage.world.serve("blue/web-1", "not");
        const starting = sleep(1500).then(() => stage.world.serve("blue/web-1", "well"));
        const load = client().keepAsking();
        await put("blue/web-1", "in");
        await sleep(300);
        const answers = stage.kept(await load.stop());
        await starting;

        expect(stage.statuses(answers)).toEqual({ 200: answers.length });
        expect(answers.at(-1)?.status).toBe(200);
        expect(tally(answers.map(({ member }) => member))["blue/web-1"]).toBeGreaterThan(0);
        for (const { members } of await states()) {
          expect(members["blue/web-1"]).toMatchObject({ rotation: "in", up: true });
        }
      });
    });

    it("refuses a member that the proxies do not have, before anything is changed", async () => {
      const before = await comparable();
      const refused = await change({ members: { "blue/web-1": "out", "blue/web-9": "out" } }).catch(
        (error: unknown) => error,
      );
      expect(refused).toMatchObject({ name: "ProxyFailed", mayHaveChanged: false });
      expect(await comparable()).toEqual(before);
    });

    describeSides(stage);

    describe("a proxy", () => {
      beforeEach(async ({ skip }) => {
        if (stage.world.proxies === undefined) skip("there is no proxy of ours");
        if (can().shares) await change({ active: "green", share: 2500 });
        await put("green/web-2", "out");
      });

      it.each(["reload", "kill"] as const)("has the same state after a %s, and a later start", async (event) => {
        const before = await comparable();
        const [{ startedAt } = { startedAt: 0 }] = await states();
        await sleep(1100);
        await stage.world.proxies![event](stage.proxyNames()[0]!);
        expect(await comparable()).toEqual(before);
        expect((await states())[0]?.startedAt).toBeGreaterThan(startedAt);
        const sides = tally((await client().askMany(1000)).map(({ member }) => member));
        expect(Object.keys(sides).sort()).toEqual(["blue/web-1", "blue/web-2", "green/web-1"]);
      });

      it("can be changed after a reload, and it is the new process that changes", async () => {
        await stage.world.proxies!.reload(stage.proxyNames()[0]!);
        await change({ active: "blue", share: 0 });
        expect(tally((await client().askMany(100)).map(({ side }) => side))).toEqual({ blue: 100 });
      });
    });

    describe("two proxies", () => {
      beforeEach(({ skip }) => {
        if (stage.world.proxies === undefined || stage.world.fronts.length < 2) skip("there is one at most");
      });
      afterEach(async () => {
        for (const proxy of stage.proxyNames()) await stage.world.proxies!.restore(proxy);
      });

      it("are the same after each change", async () => {
        for (const wanted of [
          { share: 700 },
          { members: { "green/web-1": "draining" } },
          { active: "green", share: 0 },
        ] as const) {
          await change(wanted);
          const [first, second] = await comparable();
          expect(second).toEqual(first);
        }
      });

      it.each([0, 1])("stay as they are when number %i cannot be reached", async (index) => {
        const [unreachable, other] = [stage.proxyNames()[index]!, 1 - index];
        await stage.world.proxies!.cut(unreachable);
        await expect(change({ share: 5000 })).rejects.toMatchObject({ name: "ProxyFailed", proxy: unreachable });
        await expect(states()).rejects.toMatchObject({ name: "ProxyFailed", proxy: unreachable });
        expect(tally((await client(other).askMany(200)).map(({ side }) => side))).toEqual({ blue: 200 });
        await stage.world.proxies!.restore(unreachable);
        expect((await states()).map(({ share }) => share)).toEqual([0, 0]);
      });

      it("are changed where they can be reached, on the way back, and brought in step by the next change", async () => {
        await change({ share: 5000 });
        const [first, second] = stage.proxyNames();
        await stage.world.proxies!.cut(first!);
        const left = await stage.world.traffic.change(stage.world.target, { share: 0 }, { evenIfSomeFail: true });
        expect(left).toEqual([first]);
        expect(tally((await client(1).askMany(200)).map(({ side }) => side))).toEqual({ blue: 200 });

        await stage.world.proxies!.restore(first!);
        expect((await states()).map(({ proxy, share }) => [proxy, share])).toEqual([
          [first, 5000],
          [second, 0],
        ]);
        await expect(put("green/web-1", "out")).rejects.toThrow("not in step");
        await change({ share: 0 });
        expect((await states()).map(({ share }) => share)).toEqual([0, 0]);
      });
    });

    describeFeed(stage);

    it("finds nothing wrong with proxies that are set up as rollouts need them", async () => {
      const findings = await stage.world.traffic.inspect(stage.world.target);
      expect(findings.filter(({ level }) => level !== "ok")).toEqual([]);
      expect(findings.length).toBeGreaterThan(0);
      const proxies = stage.world.proxies === undefined ? [] : findings.map(({ proxy }) => proxy);
      expect(new Set(proxies)).toEqual(new Set(stage.proxyNames()));
    });
  });
}
