import { setTimeout as pause } from "node:timers/promises";

import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { otherSide } from "../../src/core/traffic.ts";
import { inTheMiddle, until, untilEvent } from "../support/moments.ts";
import { active, begun, couldNotBeAsked, inStep, mapOn, reaches, trafficOn } from "../support/traffic-moments.ts";
import { expectNoLoss, fleet, latest } from "../support/traffic-story.ts";
import { aTroubledJourney, proxies, servesOnAll, slowToStart, throughBoth } from "../support/troubled-journey.ts";
import type { TroubledJourney } from "../support/troubled-journey.ts";

const rolling = { rolling: { batch: 3 } };

describe("the control plane, proxies and links fail under the requests of users", { timeout: 300_000 }, () => {
  let journey: TroubledJourney;

  beforeAll(async () => {
    journey = await aTroubledJourney(rolling);
    expect((await journey.deploy(latest)).finished?.message).toMatch(servesOnAll);
  });
  afterEach(async () => journey?.calm());
  afterAll(async () => journey?.close());

  it("kill -9 of Signalbox after a drain, and during an activation: the rollout goes on", async () => {
    const load = await journey.load({ ...throughBoth, webSockets: 4 });
    const id = await journey.begin(slowToStart);
    await reaches(journey, id, "drain", "web-1", "done");
    await journey.died(500);
    await reaches(journey, id, "activate-release", "web-2", "begun");
    await inTheMiddle(journey.bed.host("web-2"), 2);
    await journey.died(0);
    const deployment = await journey.ended(id);
    const seen = await load.stop();

    expect(deployment.finished?.message).toBe("release 2 serves on 4 host(s)");
    await expectNoLoss(journey, seen);
    for (const host of fleet) {
      const starts = await journey.starts(host);
      expect(starts.filter((line) => line.endsWith(" 2"))).toHaveLength(1);
    }
    expect(await trafficOn(journey)).toEqual(inStep(proxies, "blue", 0, { blue: fleet }));
  });

  it("the link to one of two proxies breaks in the middle: no further host leaves until it is back", async () => {
    const load = await journey.load(throughBoth);
    const id = await journey.begin(slowToStart);
    await reaches(journey, id, "activate-release", "web-1", "begun");
    journey.link.cut();
    await untilEvent(journey.client, id, couldNotBeAsked);
    await pause(3000);
    expect(await begun(journey, id, "drain")).toEqual(["web-1"]);

    journey.link.restore();
    const deployment = await journey.ended(id);
    const seen = await load.stop();
    expect(deployment.finished?.message).toMatch(servesOnAll);
    await expectNoLoss(journey, seen);
    expect(await trafficOn(journey)).toEqual(inStep(proxies, "blue", 0, { blue: fleet }));
  });

  it("kill -9 during the share of a canary, and a reload of a proxy: the share stays, and it is promoted", async () => {
    await journey.configure({ canary: { weights: [25], soak: "3s", longestSoak: "10m" } });
    const load = await journey.load(throughBoth);
    const { active: old } = await active(journey);
    const candidate = otherSide(old);
    const id = await journey.begin();
    await reaches(journey, id, "set-share", "@proxies", "done");
    const shared = inStep(proxies, old, 2500, { [old]: ["web-2", "web-3", "web-4"], [candidate]: ["web-1"] });
    expect(await trafficOn(journey)).toEqual(shared);
    await journey.server.kill();
    await journey.bed.host("lb-1").mustRun(["systemctl", "reload", "haproxy"]);
    await load.mark("dead");
    await pause(2000);
    await load.mark("back");
    await journey.server.start();
    expect(await trafficOn(journey)).toEqual(shared);
    await journey.client.promote(id);
    const deployment = await journey.ended(id);
    const seen = await load.stop();

    expect(deployment.finished?.message).toMatch(servesOnAll);
    await expectNoLoss(journey, seen);
    // While nobody was there the share was kept.
    expect(Object.keys(seen.phases["dead"]!.releases)).toHaveLength(2);
    expect(await trafficOn(journey)).toEqual(inStep(proxies, candidate, 0, { [candidate]: fleet }));
  });

  it("an abort while one proxy is silent: the other one is switched back meanwhile, that one when it is back", async () => {
    await journey.configure({ canary: { weights: [25], soak: "1m", longestSoak: "10m" } });
    const before = await trafficOn(journey);
    const load = await journey.load(throughBoth);
    const id = await journey.begin();
    await reaches(journey, id, "set-share", "@proxies", "done");
    journey.link.silence();
    await journey.client.abort(id, "it looks wrong");
    await until("the share of lb-1 is taken back", async () => (await mapOn(journey, "lb-1")).includes("share 0"));
    const events = (await journey.client.journal(id)).map(({ event }) => event);
    // It was told at once, and not when the other one had been given up.
    expect(events.filter((event) => event.kind === "host-done" && event.track === "roll-back")).toEqual([]);
    expect(await mapOn(journey, "lb-2")).toContain("share 2500");

    journey.link.restore();
    const deployment = await journey.ended(id);
    const seen = await load.stop();
    expect(deployment.state).toBe("rolled-back");
    await expectNoLoss(journey, seen);
    expect(await trafficOn(journey)).toEqual(before);
  });

  it("the capacity guard holds a busy fleet with the numbers, and an override lets it go on", async () => {
    await journey.configure(rolling, { limits: { load: "1%" } });
    const load = await journey.load(throughBoth);
    const id = await journey.begin();
    await untilEvent(journey.client, id, ({ kind }) => kind === "narrowed");
    expect(await begun(journey, id, "drain")).toEqual([]);
    await journey.client.override(id, "the busiest hour is over");
    const deployment = await journey.ended(id);
    const seen = await load.stop();

    const events = (await journey.client.journal(id)).map(({ event }) => event);
    const held = events.flatMap((event) =>
      event.kind === "narrowed" ? [`${event.hosts.length}: ${event.reason}`] : [],
    );
    expect(held[0]).toMatch(/^0: 4 host\(s\) are \d+ % busy on average; those that carry it .* the limit is 1 %$/);
    expect(events.find(({ kind }) => kind === "overridden")).toMatchObject({ reason: "the busiest hour is over" });
    expect(deployment.finished?.message).toMatch(servesOnAll);
    await expectNoLoss(journey, seen);
    await journey.configure(rolling);
  });
});
