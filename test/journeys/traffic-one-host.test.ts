import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { aJourney } from "../support/journey.ts";
import type { Journey } from "../support/journey.ts";
import { behindProxies, expectNoLoss, latest, storyOf, twoSlots } from "../support/traffic-story.ts";

const note = (word: string): readonly string[] => ["sh", "-c", `echo ${word} $SIGNALBOX_RELEASE >> /tmp/notes`];
const migration = (kind: "expand" | "contract", id: string): Readonly<Record<string, unknown>> => ({
  migration: { id, kind, backup: note("backup"), run: note(id), on: "first-host" },
});

/** Two slots and a proxy of its own: not even a single host has to be down for a new release. */
describe("a service on one host, behind a proxy on that host", () => {
  const environments = behindProxies("rolling", { hosts: ["web-1"], slots: twoSlots }, { proxies: ["web-1"] });
  let journey: Journey;

  beforeAll(async () => {
    journey = await aJourney(storyOf(environments), ["web-1"], ["web-1"]);
    expect((await journey.deploy(latest)).finished?.message).toContain("release 1 serves on 1 host(s)");
  });
  afterAll(async () => journey?.close());

  const notesTaken = async (): Promise<readonly string[]> =>
    (await journey.bed.host("web-1").rootShell(["cat", "/tmp/notes"])).stdout.split("\n").filter(Boolean);

  it("gets a new release without a lost request, its data extended once before", async () => {
    await journey.reconfigure({ services: storyOf(environments, migration("expand", "email")).services });
    await journey.workshop.repository("greeter").commit({ version: "1.1.0" });
    const load = await journey.load({ perSecond: 120 });
    const deployment = await journey.deploy(latest);
    const seen = await load.stop();

    expect(deployment.finished?.message).toContain("release 2 serves on 1 host(s)");
    await expectNoLoss(journey, seen);
    expect(await notesTaken()).toEqual(["backup 2", "email 2"]);
  });

  it("does not go back to a release that needs what a contract migration took away", async () => {
    await journey.reconfigure({ services: storyOf(environments, migration("contract", "no-name")).services });
    await journey.workshop.repository("greeter").commit({ version: "1.2.0" });
    const deployment = await journey.deploy(latest);

    expect(deployment.state).toBe("succeeded");
    expect(await notesTaken()).toEqual(["backup 2", "email 2", "backup 3", "no-name 3"]);
    await expect(journey.client.rollBack({ service: "greeter", environment: "production" })).rejects.toThrow(
      /contract migration/,
    );
  });
});
