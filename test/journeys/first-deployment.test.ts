import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { greeter } from "../../testbed/workshop.ts";
import { aJourney } from "../support/journey.ts";
import type { Journey } from "../support/journey.ts";

describe("a service on one host", () => {
  let journey: Journey;

  beforeAll(async () => {
    journey = await aJourney(
      {
        services: [greeter()],
        environments: { dev: { services: { greeter: { hosts: ["web-1"], strategy: "recreate" } } } },
      },
      ["web-1"],
    );
  });
  afterAll(async () => journey?.close());

  const latest = { service: "greeter", environment: "dev", origin: { kind: "revision" } } as const;

  it("is deployed onto an empty host", async () => {
    const deployment = await journey.deploy(latest);

    expect(deployment.finished?.message).toBe("release 1 serves on 1 host(s)");
    expect(deployment.state).toBe("succeeded");
    expect(await journey.version("web-1")).toBe("1 1.0.0");
  });

  it("gets a new release", async () => {
    await journey.workshop.repository("greeter").commit({ version: "1.1.0" });
    const deployment = await journey.deploy(latest);

    expect(deployment.state).toBe("succeeded");
    expect(await journey.version("web-1")).toBe("2 1.1.0");
    expect(await journey.starts("web-1")).toHaveLength(2);
  });

  it("changes nothing when it is asked for what is there already", async () => {
    const deployment = await journey.deploy(latest);

    expect(deployment.state).toBe("succeeded");
    expect(await journey.starts("web-1")).toHaveLength(2);
  });

  it("keeps serving the old release when the new one never becomes healthy", async () => {
    await journey.workshop.repository("greeter").commit({ version: "1.2.0", behaviour: { "never-healthy": "true" } });
    const deployment = await journey.deploy(latest);

    expect(deployment.state).toBe("rolled-back");
    expect(await journey.version("web-1")).toBe("2 1.1.0");
  });

  it("tells the journal of exactly the start that failed", async () => {
    await journey.workshop.repository("greeter").commit({ version: "1.3.0", behaviour: { "crash-at-start": "true" } });
    const deployment = await journey.deploy(latest);

    expect(deployment.state).toBe("rolled-back");
    expect(deployment.finished?.message).toContain("Port 8081 is already in use");
  });

  it("goes back to the release before by one command", async () => {
    const { id } = await journey.client.rollBack({ service: "greeter", environment: "dev" });
    const deployment = await journey.ended(id);

    expect(deployment.state).toBe("succeeded");
    expect(await journey.version("web-1")).toBe("1 1.0.0");
  });
});
