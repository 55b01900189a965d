import { setTimeout as pause } from "node:timers/promises";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { Deployment } from "../../src/core/deployment.ts";
import { fold } from "../../src/core/fold.ts";
import { waitsForAPerson } from "../../src/core/waits.ts";
import { movedBack } from "../../testbed/load/result.ts";
import { aJourney } from "../support/journey.ts";
import type { Journey } from "../support/journey.ts";
import { until } from "../support/moments.ts";
import {
  expectAllBackOn,
  expectEnd,
  expectOnlyItsOwnFailures,
  sharesGiven,
  untilItWaits,
} from "../support/traffic-end.ts";
import { behindProxies, expectNoLoss, fleet, latest, storyOf, twoSlots } from "../support/traffic-story.ts";

const all = process.env["SIGNALBOX_TEST_ALL"] !== undefined;
const analysis = { minimumRequests: 50 };
const soaking = (settings: object = {}) => ({
  canary: { weights: [10, 50], soak: "5s", longestSoak: "90s", keepWarm: "1s", ...settings },
});
const overHosts = (settings: object = {}) => behindProxies(soaking(settings), { analysis });
const inSlots = (settings: object = {}) =>
  behindProxies(soaking(settings), { analysis, hosts: fleet.slice(0, 2), slots: twoSlots });

describe.each([
  { where: "over hosts", environments: overHosts, quick: true },
  { where: "in two slots", environments: inSlots, quick: false },
])("a canary $where", ({ environments, quick }) => {
  let journey: Journey;
  const commit = async (version: string, behaviour: Readonly<Record<string, string>> = {}) =>
    journey.workshop.repository("greeter").commit({ version, behaviour });

  beforeAll(async () => {
    if (!quick && !all) return;
    journey = await aJourney(storyOf(environments()), fleet, ["lb-1"]);
    expectEnd(await journey.deploy(latest), "succeeded");
  });
  afterAll(async () => journey?.close());

  it.runIf(quick || all)("takes a good release share by share, and no user ever goes back to the old one", async () => {
    await commit("1.1.0");
    const load = await journey.load({ perSecond: 150, users: 40, webSockets: 4 });
    const deployment = await journey.deploy(latest);
    const seen = await load.stop();

    expectEnd(deployment, "succeeded");
    expect(sharesGiven(deployment).slice(0, 2)).toEqual([0.1, 0.5]);
    await expectNoLoss(journey, seen);
    expect(movedBack(seen)).toEqual([]);
    expectAllBackOn(seen, 2);
  });

  it.runIf(quick || all)("ends a release that fails, and its failures are all that users have met", async () => {
    await commit("1.2.0", { "fail-percent": "30" });
    const load = await journey.load({ perSecond: 150, users: 40 });
    const deployment = await journey.deploy(latest);
    const seen = await load.stop();

    const message = expectEnd(deployment, "rolled-back");
    expect(message).toContain("worse beyond doubt");
    expectOnlyItsOwnFailures(seen, { release: deployment.release!.number, share: 0.1, fails: 0.3 });
    expect(sharesGiven(deployment)).toEqual([0.1]);
    expectAllBackOn(seen, 2);
    const { number } = deployment.release!;
    await expect(journey.client.rollBack({ ...place, to: number, reason: "try it" })).rejects.toThrow(
      "known to be bad",
    );
  });

  it.runIf(all)("finds a release with 5 % errors", async () => {
    await commit("1.3.0", { "fail-percent": "5" });
    const load = await journey.load({ perSecond: 150, users: 40 });
    const deployment = await journey.deploy(latest);
    const seen = await load.stop();

    expect(expectEnd(deployment, "rolled-back")).toContain("worse beyond doubt");
    expectOnlyItsOwnFailures(seen, { release: deployment.release!.number, share: 0.5, fails: 0.05 });
    expectAllBackOn(seen, 2);
  });

  it.runIf(all)("finds a slow release by its latency", async () => {
    await commit("1.4.0", { "slow-ms": "150" });
    const load = await journey.load({ perSecond: 100, users: 40 });
    const deployment = await journey.deploy(latest);
    const seen = await load.stop();

    const message = expectEnd(deployment, "rolled-back");
    expect(message).toContain("ms");
    expect(bad(deployment)).toEqual(["latency"]);
    await expectNoLoss(journey, seen);
    expectAllBackOn(seen, 2);
  });

  it.runIf(all)("finds a release that fails after a while", async () => {
    await journey.reconfigure({ environments: environments({ soak: "30s" }) });
    await commit("1.5.0", { "fail-percent": "30", "fail-after-ms": "15000" });
    const load = await journey.load({ perSecond: 150, users: 40 });
    const deployment = await journey.deploy(latest);
    const seen = await load.stop();

    expect(expectEnd(deployment, "rolled-back")).toContain("worse beyond doubt");
    expect(bad(deployment)).toContain("errors");
    expectAllBackOn(seen, 2);
  });

  describe.runIf(all)("with a person who looks after it", () => {
    beforeAll(async () => journey.reconfigure({ environments: environments({ soak: "10m", longestSoak: "20m" }) }));

    it("leaves nobody with the candidate when it is aborted in the middle", async () => {
      await commit("1.6.0");
      const load = await journey.load({ perSecond: 150, users: 40 });
      const { id } = await journey.client.deploy(latest);
      await untilItWaits(journey.client, id);
      await until("the candidate has users", async () => Object.keys((await load.glance()).releases).length > 1);
      const asked = Date.now();
      await journey.client.abort(id, "a user complains");
      const deployment = await journey.ended(id);
      const seen = await load.stop();

      expect(expectEnd(deployment, "rolled-back")).toContain("a user complains");
      await expectNoLoss(journey, seen);
      expectAllBackOn(seen, 2);
      const { until: last } = seen.releases[String(deployment.release!.number)]!;
      // eslint-disable-next-line no-console
      console.log(`0 % after ${Math.round(last - asked)} ms`);
    });

    it("stays where it is while it is paused, and gives all traffic when it is promoted", async () => {
      await commit("1.7.0");
      const load = await journey.load({ perSecond: 150, users: 40 });
      const { id } = await journey.client.deploy(latest);
      await untilItWaits(journey.client, id);
      await journey.client.pause(id);
      expect((await journey.client.deployment(id)).state).toBe("paused");
      await journey.client.resume(id);
      await journey.client.promote(id);
      const deployment = await journey.ended(id);
      const seen = await load.stop();

      expectEnd(deployment, "succeeded");
      await expectNoLoss(journey, seen);
      expect(movedBack(seen)).toEqual([]);
      expectAllBackOn(seen, deployment.release!.number);
    });

    it("waits for a person where nobody came, and passes nothing by itself", async () => {
      await journey.reconfigure({ environments: environments({ soak: "1s", longestSoak: "3s" }) });
      await commit("1.8.0");
      const { id } = await journey.client.deploy(latest);
      await untilItWaits(journey.client, id);
      await until("a person is asked", async () =>
        waitsForAPerson(fold(id, await journey.client.journal(id)), Date.now()),
      );
      await pause(3000);
      expect((await journey.client.deployment(id)).state).toBe("running");
      await journey.client.abort(id, "nobody came");
      const deployment = await journey.ended(id);

      expect(expectEnd(deployment, "rolled-back")).toContain("nobody came");
      expect(sharesGiven(deployment)).toEqual([0.1]);
    });
  });
});

const place = { service: latest.service, environment: latest.environment };

/** What of the last analysis said that the release is bad. */
function bad({ concluded }: Deployment): readonly string[] {
  return [...concluded.values()].at(-1)!.rows.flatMap(({ measure, verdict }) => (verdict === "fail" ? [measure] : []));
}
