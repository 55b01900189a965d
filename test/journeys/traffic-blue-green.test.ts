import { setTimeout as pause } from "node:timers/promises";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { aJourney } from "../support/journey.ts";
import type { Journey } from "../support/journey.ts";
import { doneByProxies, expectAllBackOn, expectEnd, untilItWaits } from "../support/traffic-end.ts";
import { behindProxies, expectNoLoss, fleet, latest, storyOf, twoSlots } from "../support/traffic-story.ts";

const two = ["web-1", "web-2"] as const;
const smoke = [{ path: "/", contains: "Hello from release" }];
const place = { service: latest.service, environment: latest.environment };
const keptWarm = (keepWarm: string, settings: Readonly<Record<string, unknown>> = {}) =>
  behindProxies({ "blue-green": { keepWarm, ...settings } }, { hosts: two, slots: twoSlots });

describe("blue-green in two slots of the same hosts", () => {
  let journey: Journey;
  const commit = async (version: string, behaviour: Readonly<Record<string, string>> = {}) =>
    journey.workshop.repository("greeter").commit({ version, behaviour });

  /** What each slot answers, host by host. */
  const copies = async (): Promise<Readonly<Record<string, readonly string[]>>> => ({
    blue: await Promise.all(two.map(async (host) => journey.version(host, twoSlots.blue))),
    green: await Promise.all(two.map(async (host) => journey.version(host, twoSlots.green))),
  });

  beforeAll(async () => {
    journey = await aJourney(storyOf(keptWarm("2s"), { smoke }), two, ["lb-1"]);
    expectEnd(await journey.deploy(latest), "succeeded");
  });
  afterAll(async () => journey?.close());

  it("moves all users at once: no request is lost, no order made twice, and nobody meets the old release again", async () => {
    await commit("1.1.0");
    const load = await journey.load({ perSecond: 150, webSockets: 4 });
    const deployment = await journey.deploy(latest);
    const seen = await load.stop();

    expectEnd(deployment, "succeeded");
    await expectNoLoss(journey, seen);
    expect(seen.releases["1"]!.until).toBeLessThanOrEqual(doneByProxies(deployment, "switch-side"));
    expectAllBackOn(seen, 2);
    // The first release came to the green slots, beside a blue side with nothing in it.
    expect(await copies()).toEqual({ blue: ["2 1.1.0", "2 1.1.0"], green: ["", ""] });
  });

  it.each([
    { release: "that never becomes healthy", behaviour: { "never-healthy": "true" }, why: "healthy" },
    { release: "that a smoke request finds bad", behaviour: { "fail-percent": "100" }, why: "smoke" },
  ])("brings no user to a release $release", async ({ behaviour, why }) => {
    await commit("1.2.0", behaviour);
    const load = await journey.load({ perSecond: 150 });
    const deployment = await journey.deploy(latest);
    const seen = await load.stop();

    expect(expectEnd(deployment, "rolled-back")).toContain(why);
    await expectNoLoss(journey, seen);
    expect(Object.keys(seen.releases)).toEqual(["2"]);
    expect(await copies()).toEqual({ blue: ["2 1.1.0", "2 1.1.0"], green: ["", ""] });
  });

  it("goes back in seconds as long as the old slot is warm", async () => {
    await journey.reconfigure({ environments: keptWarm("10m") });
    await commit("1.3.0");
    const load = await journey.load({ perSecond: 150, webSockets: 4 });
    const { id } = await journey.client.deploy(latest);
    await untilItWaits(journey.client, id);
    expect(await copies()).toMatchObject({ blue: ["2 1.1.0", "2 1.1.0"] });

    const asked = Date.now();
    const { id: sameId } = await journey.client.rollBack({ ...place, reason: "a user complains" });
    const deployment = await journey.ended(sameId);
    const seen = await load.stop();

    expect(sameId).toBe(id);
    expect(expectEnd(deployment, "rolled-back")).toContain("a user complains");
    await expectNoLoss(journey, seen);
    expectAllBackOn(seen, 2);
    const bad = String(deployment.release!.number);
    // eslint-disable-next-line no-console
    console.log(`back on the old release after ${Math.round(seen.releases[bad]!.until - asked)} ms`);
    expect(await copies()).toEqual({ blue: ["2 1.1.0", "2 1.1.0"], green: ["", ""] });
  });

  it.runIf(process.env["SIGNALBOX_TEST_ALL"])("goes back to an old slot that is stopped by starting it", async () => {
    await journey.reconfigure({ environments: keptWarm("1s") });
    await commit("1.4.0");
    const deployment = await journey.deploy(latest);
    expectEnd(deployment, "succeeded");
    const load = await journey.load({ perSecond: 150, webSockets: 4 });
    const back = await journey.ended((await journey.client.rollBack({ ...place, reason: "asked for" })).id);
    const seen = await load.stop();

    expectEnd(back, "succeeded");
    await expectNoLoss(journey, seen);
    expect(seen.releases[String(deployment.release!.number)]!.until).toBeLessThanOrEqual(
      doneByProxies(back, "switch-side"),
    );
    expectAllBackOn(seen, 2);
  });
});

describe.runIf(process.env["SIGNALBOX_TEST_ALL"])("blue-green on separate hosts", () => {
  let journey: Journey;

  beforeAll(async () => {
    const strategy = { "blue-green": { green: ["web-3", "web-4"], keepWarm: "1s" } };
    journey = await aJourney(storyOf(behindProxies(strategy), { smoke }), fleet, ["lb-1"]);
    expectEnd(await journey.deploy(latest), "succeeded");
  });
  afterAll(async () => journey?.close());

  it("sets up the idle hosts, and moves all users to them", async () => {
    await journey.workshop.repository("greeter").commit({ version: "1.1.0" });
    const load = await journey.load({ perSecond: 150, webSockets: 4 });
    const deployment = await journey.deploy(latest);
    // Everybody comes once more.
    await pause(3000);
    const seen = await load.stop();

    expectEnd(deployment, "succeeded");
    await expectNoLoss(journey, seen);
    expect(seen.releases["1"]!.until).toBeLessThanOrEqual(doneByProxies(deployment, "switch-side"));
    expectAllBackOn(seen, 2);
  });
});
