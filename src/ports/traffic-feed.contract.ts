/** What an adapter must do that can tell of every request. */
import { setTimeout as sleep } from "node:timers/promises";

import { beforeEach, describe, expect, it } from "vitest";

import { addCounts, noRequests } from "../core/analysis/counts.ts";
import type { MemberName } from "../core/traffic.ts";
import { tally } from "./traffic-requests.contract.ts";
import { eventually, type Stage } from "./traffic-stage.contract.ts";
import type { FeedWindow, TrafficFeed } from "./traffic.ts";

export function describeFeed(stage: Stage): void {
  describe("the feed", () => {
    let feed: TrafficFeed;

    beforeEach(async ({ skip }) => {
      if (!stage.can().feed) skip("there is none");
      feed = stage.world.traffic.feed(stage.world.target)!;
      stage.willClose(feed);
      await sleep(100);
      feed.take();
      await eventually(() => feed.take().complete);
    });

    it("counts every request once, with its member, its errors and its latency", async () => {
      await stage.change({ share: 3000 });
      feed.take();
      const answers = (
        await Promise.all(stage.world.fronts.map((_, front) => stage.client(front).askMany(1500)))
      ).flat();
      const wrong = await Promise.all(Array.from({ length: 30 }, () => stage.client().ask("/status?code=500")));
      const slow = await Promise.all(Array.from({ length: 4 }, () => stage.client().ask("/slow?ms=600")));
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
      await stage.client().askMany(50, () => ({ "x-signalbox-probe": "1" }));
      const leaving = stage.client();
      const left = Array.from({ length: 3 }, () => leaving.ask("/slow?ms=5000"));
      await sleep(200);
      leaving.close();
      await Promise.all(left);
      await stage.client().askMany(20);
      const seen = await untilCounted(feed, 23);
      const total = Object.values(seen.members).reduce(addCounts, noRequests);
      expect(total).toMatchObject({ requests: 23, errors: 0 });
    });

    it("says that something may be missing when its stream has ended, and goes on", async ({ skip }) => {
      if (stage.world.proxies === undefined) skip("there is no proxy of ours");
      await stage.world.proxies!.kill(stage.proxyNames()[0]!);
      await eventually(() => !feed.take().complete);
      await eventually(() => feed.take().complete);
      await stage.client().askMany(40);
      expect(await untilCounted(feed, 40)).toMatchObject({ complete: true });
    });

    it("notices a reload, after which an old process writes nothing any more", async ({ skip }) => {
      if (stage.world.proxies === undefined) skip("there is no proxy of ours");
      await stage.world.proxies!.reload(stage.proxyNames()[0]!);
      if (stage.world.changesByReload !== true) await eventually(() => !feed.take().complete);
      await eventually(() => feed.take().complete);
      await stage.client().askMany(40);
      expect(await untilCounted(feed, 40)).toMatchObject({ complete: true });
    });

    it("counts requests that nobody served", async () => {
      await stage.change({ members: { "blue/web-1": "out", "blue/web-2": "out" } });
      await stage.change({ members: { "green/web-1": "out", "green/web-2": "out" } });
      feed.take();
      const answers = await stage.client().askMany(10);
      expect(answers.map(({ status }) => status).filter((status) => status < 500)).toEqual([]);
      let unserved = 0;
      await eventually(() => (unserved += feed.take().unserved) === 10);
    });
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
