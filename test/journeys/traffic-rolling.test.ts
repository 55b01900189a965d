import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { aJourney } from "../support/journey.ts";
import type { Journey } from "../support/journey.ts";
import { behindProxies, expectNoLoss, fleet, latest, storyOf } from "../support/traffic-story.ts";

describe("a rolling deployment under the requests of users", () => {
  let journey: Journey;

  beforeAll(async () => {
    journey = await aJourney(storyOf(behindProxies({ rolling: { batch: 2 } })), fleet, ["lb-1"]);
    const first = await journey.deploy(latest);
    expect(first.finished?.message).toContain("serves on 4 host(s)");
  });
  afterAll(async () => journey?.close());

  it("loses no request, and no order is made twice", async () => {
    await journey.workshop.repository("greeter").commit({ version: "1.1.0" });
    const load = await journey.load({ perSecond: 150, webSockets: 4 });
    const deployment = await journey.deploy(latest);
    const seen = await load.stop();

    expect(deployment.finished?.message).toContain("release 2 serves on 4 host(s)");
    await expectNoLoss(journey, seen);
    expect(Object.keys(seen.releases)).toContain("2");
  });

  it("brings back every host when the release never becomes healthy", async () => {
    await journey.workshop.repository("greeter").commit({ version: "1.2.0", behaviour: { "never-healthy": "true" } });
    const load = await journey.load({ perSecond: 150 });
    const deployment = await journey.deploy(latest);
    const seen = await load.stop();

    expect(deployment.state).toBe("rolled-back");
    await expectNoLoss(journey, seen);
    expect(Object.keys(seen.releases)).toEqual(["2"]);
  });
});
