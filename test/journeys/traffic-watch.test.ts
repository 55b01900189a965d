import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { aJourney } from "../support/journey.ts";
import type { Journey } from "../support/journey.ts";
import { expectAllBackOn, expectEnd, expectOnlyItsOwnFailures, untilItWaits } from "../support/traffic-end.ts";
import { behindProxies, fleet, latest, storyOf, twoSlots } from "../support/traffic-story.ts";

const watch = { watch: "60s" };
const strategies = [
  { name: "rolling", environments: behindProxies({ rolling: { batch: 2 } }, {}, watch) },
  {
    name: "blue-green",
    environments: behindProxies(
      { "blue-green": { keepWarm: "1s" } },
      { hosts: fleet.slice(0, 2), slots: twoSlots },
      watch,
    ),
  },
];

describe.runIf(process.env["SIGNALBOX_TEST_ALL"]).each(strategies)("the watch after $name", ({ environments }) => {
  let journey: Journey;

  beforeAll(async () => {
    journey = await aJourney(storyOf(environments), fleet, ["lb-1"]);
    const { id } = await journey.client.deploy(latest);
    await untilItWaits(journey.client, id);
    await journey.client.endWatch(id);
    expectEnd(await journey.ended(id), "succeeded");
  });
  afterAll(async () => journey?.close());

  it("brings the old release back when the new one begins to fail, and says why", async () => {
    const behaviour = { "fail-percent": "20", "fail-after-ms": "35000" };
    await journey.workshop.repository("greeter").commit({ version: "1.1.0", behaviour });
    const load = await journey.load({ perSecond: 100, users: 40 });
    const deployment = await journey.deploy(latest);
    const seen = await load.stop();

    expect(expectEnd(deployment, "rolled-back")).toContain("worse beyond doubt");
    const watched = deployment.rollout!.steps.findIndex((step) => step.kind === "analyse" && step.during === "watch");
    expect(deployment.concluded.get(watched)?.verdict).toBe("fail");
    expectOnlyItsOwnFailures(seen, { release: 2, share: 1, fails: 0.2 });
    expectAllBackOn(seen, 1);
    const place = { service: latest.service, environment: latest.environment };
    await expect(journey.client.rollBack({ ...place, to: 2, reason: "again" })).rejects.toThrow("known to be bad");
  });
});
