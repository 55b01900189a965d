import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { addCounts, noRequests } from "../core/analysis/counts.ts";
import type { Target } from "../core/service.ts";
import { membersOf } from "../core/members.ts";
import { capabilitiesOf, memberName, type MemberName, type TrafficState } from "../core/traffic.ts";
import { Client, tally, type Answer } from "./traffic-requests.contract.ts";
import { ProxyFailed, type FeedWindow, type TrafficChange, type TrafficControl, type TrafficFeed } from "./traffic.ts";

/**
 * A service on two hosts, on both sides of each, behind one or two proxies. Its members answer `/` and `/slow?ms=`,
 * answer `/status?code=` with that code, and name themselves in `x-member`.
 */
export interface TrafficUnderTest {
  readonly traffic: TrafficControl;
  readonly target: Target;
  /** Where each proxy takes requests, in the order of the target's proxies. */
  readonly fronts: readonly string[];
  /** Lets the service of a member serve, be gone, or take connections and never answer. */
  serve(member: MemberName, how: "well" | "not" | "never-answering"): Promise<void>;
  /** Only where there are proxies. */
  readonly proxies?: {
    reload(proxy: string): Promise<void>;
    /** SIGKILL, and a new start. */
    kill(proxy: string): Promise<void>;
    /** Nothing of Signalbox reaches it; `restore` ends that. */
    cut(proxy: string): Promise<void>;
    restore(proxy: string): Promise<void>;
  };
  /**
   * Every change is a reload of the proxy. It ends idle connections of clients, and a request may just be on its way on
   * one; users are known by an id instead of a bucket; and the log goes on through it.
   */
  readonly changesByReload?: true;
  /** What is in flight to a member ends only when the copy is stopped. */
  readonly cannotCut?: true;
  stop(): Promise<void>;
}

/** Four times the standard deviation of a share: exceeded by chance once in some 15,000 tests. */
const chance = (share: number, count: number): number => 4 * Math.sqrt((share * (1 - share)) / count);

/** What every adapter of the port must do, as far as the target's traffic can. */
export function describeTraffic(name: string, open: () => Promise<TrafficUnderTest>): void {
  describe(`traffic by ${name}`, () => {
    let world: TrafficUnderTest;
    let clients: Client[] = [];
    const feeds: TrafficFeed[] = [];

    const client = (front = 0): Client => {
      const made = new Client(world.fronts[front]!);
      clients.push(made);
      return made;
    };
    const change = (wanted: TrafficChange): Promise<readonly string[]> => world.traffic.change(world.target, wanted);
    const put = (member: MemberName, rotation: "in" | "draining" | "out"): Promise<readonly string[]> =>
      change({ members: { [member]: rotation } });
    const states = (): Promise<readonly TrafficState[]> => world.traffic.states(world.target);
    const can = () => capabilitiesOf(world.target.traffic);
    const everyone = (): readonly MemberName[] => membersOf(world.target).map(memberName);
    /** Without shares there is one side, and nobody on the other. */
    const servable = () => everyone().filter((name) => can().shares || name.startsWith("blue/"));
    const comparable = async (): Promise<readonly unknown[]> =>
      (await states()).map(({ active, share, members }) => ({
        active,
        share,
        members: Object.fromEntries(Object.entries(members).map(([key, { rotation }]) => [key, rotation])),
      }));
    const statuses = (answers: readonly Answer[]) => tally(answers.map(({ status }) => String(status)));
    /** Without those of which only the connection broke, where a reload may break it. */
    const kept = (answers: readonly Answer[]) =>
      world.changesByReload === true ? answers.filter(({ status }) => status !== 0) : answers;

    beforeAll(async () => {
      world = await open();
    });
    afterAll(() => world.stop());
    beforeEach(async ({ skip }) => {
      if (!can().drains) skip("there is no rotation");
      await change({
        ...(can().shares && { active: "blue", share: 0 }),
        members: Object.fromEntries(servable().map((member) => [member, "in"])),
      });
    });
    afterEach(() => {
      for (const one of clients.splice(0)) one.close();
      for (const one of feeds.splice(0)) one.close();
    });

    it("tells the state of every proxy", async () => {
      const all = await states();
      expect(all).toHaveLength(world.fronts.length);
      for (const state of all) {
        expect(Object.keys(state.members).sort()).toEqual([...everyone()].sort());
        expect(state.startedAt > 0).toBe(world.proxies !== undefined);
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
        expect(statuses(finished)).toEqual({ 200: 4 });
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
        const answers = kept(await load.stop());

        expect(statuses(answers)).toEqual({ 200: answers.length });
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
        if (world.cannotCut === true) skip("that ends when the copy stops");
        const slow = Array.from({ length: 4 }, () => client().ask("/slow?ms=20000"));
        await sleep(300);
        await put("blue/web-1", "out");
        const began = performance.now();
        await world.traffic.cut(world.target, ["blue/web-1"]);
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
      afterEach(() => world.serve("blue/web-1", "well"));

      it.each(["not", "never-answering"] as const)("is refused while it serves %s, and gets nothing", async (how) => {
        await put("blue/web-1", "out");
        await world.serve("blue/web-1", how);
        const load = client().keepAsking();
        const refused = await put("blue/web-1", "in").catch((error: unknown) => error);
        const answers = kept(await load.stop());

        expect(refused).toBeInstanceOf(ProxyFailed);
        expect((refused as ProxyFailed).mayHaveChanged).toBe(false);
        expect((refused as ProxyFailed).message).toContain("blue/web-1");
        expect((refused as ProxyFailed).message).toContain((refused as ProxyFailed).proxy);
        expect(statuses(answers)).toEqual({ 200: answers.length });
        expect((await states()).map(({ members }) => members["blue/web-1"]?.rotation)).toEqual(
          world.fronts.map(() => "out"),
        );
      });

      it("gets requests as soon as it serves again", async () => {
        await put("blue/web-1", "out");
        await world.serve("blue/web-1", "not");
        const starting = sleep(1500).then(() => world.serve("blue/web-1", "well"));
        const load = client().keepAsking();
        await put("blue/web-1", "in");
        await sleep(300);
        const answers = kept(await load.stop());
        await starting;

        expect(statuses(answers)).toEqual({ 200: answers.length });
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

    describe("the two sides", () => {
      beforeEach(({ skip }) => {
        if (!can().shares) skip("there is one side only");
      });

      it("are switched without a failure, for every request after it", async () => {
        const loads = world.fronts.map((_, front) => client(front).keepAsking());
        await sleep(200);
        await change({ active: "green" });
        const isGreen = performance.now();
        await sleep(300);
        expect(await change({ active: "green" })).toEqual([]);
        await change({ active: "blue" });
        const isBlue = performance.now();
        await sleep(300);
        const answers = kept((await Promise.all(loads.map((load) => load.stop()))).flat());

        expect(statuses(answers)).toEqual({ 200: answers.length });
        expect(tally(answers.filter(({ at }) => at > isBlue).map(({ side }) => side))).not.toHaveProperty("green");
        expect(tally(answers.map(({ side }) => side))["green"]).toBeGreaterThan(0);
        expect(isGreen).toBeLessThan(isBlue);
      });

      it("are switched from a whole share with nobody moved back", async () => {
        const asking = client();
        const users = await Promise.all(Array.from({ length: 8 }, () => asking.ask()));
        await change({ share: 10_000 });
        const load = asking.keepAsking((index) => ({ cookie: users[index]!.cookie }));
        for (const active of ["green", "blue", "green"] as const) {
          await sleep(100);
          await change({ active, share: active === "blue" ? 10_000 : 0 });
        }
        const answers = kept(await load.stop());
        expect(statuses(answers)).toEqual({ 200: answers.length });
        expect(tally(answers.map(({ side }) => side))).toEqual({ green: answers.length });
      });

      it("get the share of requests that is wanted", async () => {
        for (const share of [100, 2500, 5000]) {
          await change({ share });
          const sides = tally((await client().askMany(3000)).map(({ side }) => side));
          const measured = (sides["green"] ?? 0) / 3000;
          expect(Math.abs(measured - share / 10_000)).toBeLessThan(chance(share / 10_000, 3000));
        }
      });

      it("keep their users within a share, and take none back while it rises", async () => {
        const users = (await client().askMany(400)).map(({ cookie }) => cookie);
        const sidesOf = async (front: number): Promise<readonly string[]> =>
          (await client(front).askMany(400, (index) => ({ cookie: users[index]! }))).map(({ side }) => side);

        let earlier: readonly string[] = users.map(() => "blue");
        for (const share of [500, 2500, 6000, 10_000]) {
          await change({ share });
          const now = await sidesOf(0);
          for (const front of world.fronts.keys()) expect(await sidesOf(front)).toEqual(now);
          expect(now.filter((side, index) => side === "blue" && earlier[index] === "green")).toEqual([]);
          earlier = now;
        }
        expect(tally(earlier)).toEqual({ green: 400 });
      });

      it("do not believe a cookie that they did not make", async ({ skip }) => {
        if (world.changesByReload === true) skip("any id is one");
        await change({ share: 5000 });
        const name = (await client().ask()).cookie.split("=")[0]!;
        for (const value of ["garbage", "-1", "99999999", "1e3", "", "0x10", "'"]) {
          const answer = await client().ask("/", { cookie: `${name}=${value}` });
          expect(answer.status).toBe(200);
          expect(answer.cookie).toMatch(new RegExp(`^${name}=[0-9]{1,4}$`));
        }
      });

      it("can be chosen by testers", async () => {
        const { traffic } = world.target;
        const header = "testers" in traffic ? traffic.testers! : "";
        const sideFor = async (choice: string): Promise<string> =>
          Object.keys(tally((await client().askMany(50, () => ({ [header]: choice }))).map(({ side }) => side))).join();

        expect([await sideFor("candidate"), await sideFor("baseline")]).toEqual(["green", "blue"]);
        await change({ share: 10_000 });
        expect([await sideFor("candidate"), await sideFor("baseline")]).toEqual(["green", "blue"]);
        await change({ active: "green", share: 0 });
        expect([await sideFor("candidate"), await sideFor("baseline")]).toEqual(["blue", "green"]);
      });
    });

    describe("a proxy", () => {
      beforeEach(async ({ skip }) => {
        if (world.proxies === undefined) skip("there is no proxy of ours");
        if (can().shares) await change({ active: "green", share: 2500 });
        await put("green/web-2", "out");
      });

      it.each(["reload", "kill"] as const)("has the same state after a %s, and a later start", async (event) => {
        const before = await comparable();
        const [{ startedAt } = { startedAt: 0 }] = await states();
        await sleep(1100);
        await world.proxies![event](proxyNames()[0]!);
        expect(await comparable()).toEqual(before);
        expect((await states())[0]?.startedAt).toBeGreaterThan(startedAt);
        const sides = tally((await client().askMany(1000)).map(({ member }) => member));
        expect(Object.keys(sides).sort()).toEqual(["blue/web-1", "blue/web-2", "green/web-1"]);
      });

      it("can be changed after a reload, and it is the new process that changes", async () => {
        await world.proxies!.reload(proxyNames()[0]!);
        await change({ active: "blue", share: 0 });
        expect(tally((await client().askMany(100)).map(({ side }) => side))).toEqual({ blue: 100 });
      });
    });

    describe("two proxies", () => {
      beforeEach(({ skip }) => {
        if (world.proxies === undefined || world.fronts.length < 2) skip("there is one at most");
      });
      afterEach(async () => {
        for (const proxy of proxyNames()) await world.proxies!.restore(proxy);
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
        const [unreachable, other] = [proxyNames()[index]!, 1 - index];
        await world.proxies!.cut(unreachable);
        await expect(change({ share: 5000 })).rejects.toMatchObject({ name: "ProxyFailed", proxy: unreachable });
        await expect(states()).rejects.toMatchObject({ name: "ProxyFailed", proxy: unreachable });
        expect(tally((await client(other).askMany(200)).map(({ side }) => side))).toEqual({ blue: 200 });
        await world.proxies!.restore(unreachable);
        expect((await states()).map(({ share }) => share)).toEqual([0, 0]);
      });

      it("are changed where they can be reached, on the way back, and brought in step by the next change", async () => {
        await change({ share: 5000 });
        const [first, second] = proxyNames();
        await world.proxies!.cut(first!);
        const left = await world.traffic.change(world.target, { share: 0 }, { evenIfSomeFail: true });
        expect(left).toEqual([first]);
        expect(tally((await client(1).askMany(200)).map(({ side }) => side))).toEqual({ blue: 200 });

        await world.proxies!.restore(first!);
        expect((await states()).map(({ proxy, share }) => [proxy, share])).toEqual([
          [first, 5000],
          [second, 0],
        ]);
        await expect(put("green/web-1", "out")).rejects.toThrow("not in step");
        await change({ share: 0 });
        expect((await states()).map(({ share }) => share)).toEqual([0, 0]);
      });
    });

    describe("the feed", () => {
      let feed: TrafficFeed;

      beforeEach(async ({ skip }) => {
        if (!can().feed) skip("there is none");
        feed = world.traffic.feed(world.target)!;
        feeds.push(feed);
        await sleep(100);
        feed.take();
        await eventually(() => feed.take().complete);
      });

      it("counts every request once, with its member, its errors and its latency", async () => {
        await change({ share: 3000 });
        feed.take();
        const answers = (await Promise.all(world.fronts.map((_, front) => client(front).askMany(1500)))).flat();
        const wrong = await Promise.all(Array.from({ length: 30 }, () => client().ask("/status?code=500")));
        const slow = await Promise.all(Array.from({ length: 4 }, () => client().ask("/slow?ms=600")));
        const all = [...answers, ...wrong, ...slow];
        const seen = await untilCounted(feed, all.length);

        expect(seen.complete).toBe(true);
        expect(seen.unserved).toBe(0);
        const countOf = (key: "requests" | "errors") =>
          Object.fromEntries(Object.entries(seen.members).map(([member, counts]) => [member, counts[key]]));
        expect(countOf("requests")).toEqual(tally(all.map(({ member }) => member)));
        expect(countOf("errors")).toMatchObject(tally(wrong.map(({ member }) => member)));
        const total = Object.values(seen.members).reduce(addCounts, noRequests);
        expect(total.errors).toBe(30);
        // The bucket of 500 to 1,000 ms, and those above it on a busy machine.
        expect(total.buckets.slice(9).reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(4);
      });

      it("leaves out what Signalbox itself asks, and clients that went away", async () => {
        await client().askMany(50, () => ({ "x-signalbox-probe": "1" }));
        const leaving = client();
        const left = Array.from({ length: 3 }, () => leaving.ask("/slow?ms=5000"));
        await sleep(200);
        leaving.close();
        await Promise.all(left);
        await client().askMany(20);
        const seen = await untilCounted(feed, 23);
        const total = Object.values(seen.members).reduce(addCounts, noRequests);
        expect(total).toMatchObject({ requests: 23, errors: 0 });
      });

      it("says that something may be missing when its stream has ended, and goes on", async ({ skip }) => {
        if (world.proxies === undefined) skip("there is no proxy of ours");
        await world.proxies!.kill(proxyNames()[0]!);
        await eventually(() => !feed.take().complete);
        await eventually(() => feed.take().complete);
        await client().askMany(40);
        expect(await untilCounted(feed, 40)).toMatchObject({ complete: true });
      });

      it("notices a reload, after which an old process writes nothing any more", async ({ skip }) => {
        if (world.proxies === undefined) skip("there is no proxy of ours");
        await world.proxies!.reload(proxyNames()[0]!);
        if (world.changesByReload !== true) await eventually(() => !feed.take().complete);
        await eventually(() => feed.take().complete);
        await client().askMany(40);
        expect(await untilCounted(feed, 40)).toMatchObject({ complete: true });
      });

      it("counts requests that nobody served", async () => {
        await change({ members: { "blue/web-1": "out", "blue/web-2": "out" } });
        await change({ members: { "green/web-1": "out", "green/web-2": "out" } });
        feed.take();
        const answers = await client().askMany(10);
        expect(answers.map(({ status }) => status).filter((status) => status < 500)).toEqual([]);
        let unserved = 0;
        await eventually(() => (unserved += feed.take().unserved) === 10);
      });
    });

    it("finds nothing wrong with proxies that are set up as rollouts need them", async () => {
      const findings = await world.traffic.inspect(world.target);
      expect(findings.filter(({ level }) => level !== "ok")).toEqual([]);
      expect(findings.length).toBeGreaterThan(0);
      const proxies = world.proxies === undefined ? [] : findings.map(({ proxy }) => proxy);
      expect(new Set(proxies)).toEqual(new Set(proxyNames()));
    });

    function proxyNames(): readonly string[] {
      const { traffic } = world.target;
      return "proxies" in traffic ? traffic.proxies : [];
    }
  });
}

/** All windows until so many requests were seen, or nothing more comes. */
async function untilCounted(feed: TrafficFeed, requests: number): Promise<FeedWindow> {
  let sum: FeedWindow = { complete: true, members: {}, unserved: 0 };
  for (let rounds = 0; rounds < 50; rounds++) {
    await sleep(100);
    const window = feed.take();
    const members = { ...sum.members };
    for (const [key, counts] of Object.entries(window.members)) {
      members[key as MemberName] = addCounts(members[key as MemberName] ?? noRequests, counts);
    }
    sum = { complete: sum.complete && window.complete, members, unserved: sum.unserved + window.unserved };
    // Three rounds more, for what should not come.
    if (Object.values(members).reduce((all, counts) => all + counts.requests, 0) >= requests) {
      rounds = Math.max(rounds, 47);
    }
  }
  return sum;
}

async function eventually(isTrue: () => boolean): Promise<void> {
  for (const deadline = performance.now() + 20_000; !isTrue(); await sleep(100)) {
    if (performance.now() > deadline) throw new Error("It never came true.");
  }
}
