import { setTimeout as pause } from "node:timers/promises";

import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { otherSide } from "../../src/core/traffic.ts";
import { movedBack } from "../../testbed/load/result.ts";
import { atRest, inTheMiddle, until, untilEvent } from "../support/moments.ts";
import type { Journey } from "../support/journey.ts";
import { active, begun, couldNotBeAsked, reaches, trafficOn } from "../support/traffic-moments.ts";
import { expectNoLoss, fleet, latest, twoSlots } from "../support/traffic-story.ts";
import { aTroubledJourney, proxies, servesOnAll, slowToStart, throughBoth } from "../support/troubled-journey.ts";
import type { TroubledJourney } from "../support/troubled-journey.ts";

/** These take minutes, and what they are about is under test with fakes too. */
const all = process.env["SIGNALBOX_TEST_ALL"] === "1";
const rolling = { rolling: { batch: 2 } };

describe.runIf(all)(
  "hosts, proxies and servers that are gone for longer, under the requests of users",
  { timeout: 300_000 },
  () => {
    let journey: TroubledJourney;

    beforeAll(async () => {
      journey = await aTroubledJourney(rolling);
      expect((await journey.deploy(latest)).finished?.message).toMatch(servesOnAll);
    });
    afterEach(async () => journey?.calm());
    afterAll(async () => journey?.close());

    it("the cable of a host is pulled between its drain and its activation, and in the middle of one", async () => {
      await journey.configure(rolling, { hooks: [aMoment] });
      const load = await journey.load(throughBoth);
      const id = await journey.begin(slowToStart);
      await reaches(journey, id, "drain", "web-1", "done");
      await journey.bed.host("web-1").cut();
      await untilEvent(journey.client, id, couldNotBeAsked);
      expect(await begun(journey, id, "drain")).toEqual(["web-1"]);
      await journey.bed.host("web-1").restore();

      await reaches(journey, id, "activate-release", "web-2", "begun");
      const release = (await journey.client.deployment(id)).release!;
      await inTheMiddle(journey.bed.host("web-2"), release);
      await journey.bed.host("web-2").cut();
      await atRest(journey.bed.host("web-2"));
      expect(await begun(journey, id, "drain")).not.toContain("web-4");
      await journey.bed.host("web-2").restore();
      const deployment = await journey.ended(id);
      const seen = await load.stop();

      expect(deployment.finished?.message).toMatch(servesOnAll);
      await expectNoLoss(journey, seen);
      for (const host of fleet) {
        const starts = await journey.starts(host);
        expect(starts.filter((line) => line.endsWith(` ${release}`))).toHaveLength(1);
      }
    });

    it("a reload and a kill -9 of a proxy during a drain, and its power cut: only its own users notice", async () => {
      await journey.configure(rolling);
      const [load, other] = [
        await journey.load({ perSecond: 100, through: ["lb-1"] }),
        await journey.load({ perSecond: 20, through: ["lb-2"] }),
      ];
      const id = await journey.begin(slowToStart);
      await reaches(journey, id, "drain", "web-1", "begun");
      await journey.bed.host("lb-1").mustRun(["systemctl", "reload", "haproxy"]);
      await journey.bed.host("lb-2").mustRun(["systemctl", "kill", "--signal=KILL", "haproxy"]);
      await journey.bed.host("lb-2").mustRun(["systemctl", "restart", "haproxy"]);
      await reaches(journey, id, "activate-release", "web-2", "begun");
      await journey.bed.host("lb-2").powerCut();
      await journey.bed.host("lb-2").boot();
      const deployment = await journey.ended(id);
      await other.mark("afterwards");
      await pause(2000);
      const [seen, there] = [await load.stop(), await other.stop()];

      expect(deployment.finished?.message).toMatch(servesOnAll);
      await expectNoLoss(journey, seen);
      expect(there.phases["before"]!.failed).toBeGreaterThan(0);
      expect(there.phases["afterwards"]).toMatchObject({ failed: 0 });
      expect(await trafficOn(journey)).toHaveProperty("1.share", 0);
      const [first, second] = await trafficOn(journey);
      expect(second).toEqual({ ...first, proxy: "lb-2" });
    });

    it("a server that stays dead: the proxies bring the drained host back, and the next server drains it again", async () => {
      await journey.configure(rolling, { hooks: [aMoment] });
      const { active: side } = await active(journey);
      const load = await journey.load(throughBoth);
      const id = await journey.begin();
      await reaches(journey, id, "drain", "web-1", "done");
      await journey.server.kill();
      const member = `${side}/web-1`;
      await Promise.all(proxies.map(async (proxy) => comesBackAtOnce(journey, proxy, member)));
      await load.mark("dead");
      await until("web-1 has users again", async () => {
        const { stdout } = await journey.bed
          .host("web-1")
          .rootShell(["ss", "-Htn", "state", "established", "sport = :8081"]);
        return stdout.trim() !== "";
      });
      await journey.server.start();
      const deployment = await journey.ended(id);
      const seen = await load.stop();

      expect(deployment.finished?.message).toMatch(servesOnAll);
      await expectNoLoss(journey, seen);
      expect(await journey.log(id, "web-1")).toContain("web-1 is in rotation again");
    });
  },
);

describe.runIf(all)("kill -9 of Signalbox around the switch of a blue-green deployment", () => {
  let journey: TroubledJourney;

  beforeAll(async () => {
    journey = await aTroubledJourney({ "blue-green": { keepWarm: "1s" } }, { slots: twoSlots });
    expect((await journey.deploy(latest)).finished?.message).toMatch(servesOnAll);
  });
  afterEach(async () => journey?.calm());
  afterAll(async () => journey?.close());

  it("everybody is switched once, and nobody notices", async () => {
    const { active: old } = await active(journey);
    const load = await journey.load(throughBoth);
    const id = await journey.begin();
    await reaches(journey, id, "readmit", "web-1", "begun");
    await journey.server.kill();
    await journey.server.start();
    await reaches(journey, id, "switch-side", "@proxies", "begun");
    await journey.server.kill();
    await pause(1000);
    await journey.server.start();
    const deployment = await journey.ended(id);
    const seen = await load.stop();

    expect(deployment.finished?.message).toMatch(servesOnAll);
    await expectNoLoss(journey, seen);
    expect(movedBack(seen)).toEqual([]);
    expect((await trafficOn(journey)).map(({ active: side, share }) => [side, share])).toEqual([
      [otherSide(old), 0],
      [otherSide(old), 0],
    ]);
  });
});

/** Between the drain and the activation of a batch. */
const aMoment = { at: "before-activate", on: "server", run: ["sleep", "2"] };

/** As if the deadline of its drain were over: root's own timer looks. */
async function comesBackAtOnce({ bed }: Journey, proxy: string, member: string): Promise<void> {
  const host = bed.host(proxy);
  const program = "/usr/lib/signalbox/signalbox-proxy";
  await host.mustRun([program, "write", "greeter.production", `member.${member}=out`, "back-after=1"]);
  await pause(1500);
  await host.mustRun(["systemctl", "start", "signalbox-proxy-recover.service"]);
}
