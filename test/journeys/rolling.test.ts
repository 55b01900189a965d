import { readFile } from "node:fs/promises";

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import type { Deployment } from "../../src/core/deployment.ts";
import { greeter } from "../../testbed/workshop.ts";
import { aJourney } from "../support/journey.ts";
import type { Journey } from "../support/journey.ts";

const hosts = ["web-1", "web-2", "web-3"];
const production = (settings: object = {}) => ({
  production: { services: { greeter: { hosts, strategy: { rolling: { batch: 1 } }, ...settings } } },
});
const latest = { service: "greeter", environment: "production", origin: { kind: "revision" } } as const;

describe("a rolling deployment over three hosts", () => {
  let journey: Journey;

  beforeAll(async () => {
    journey = await aJourney({ services: [greeter()], environments: production() }, hosts);
  });
  afterAll(async () => journey?.close());

  const versions = async (): Promise<readonly string[]> =>
    Promise.all(hosts.map(async (host) => journey.version(host)));

  it("activates one host after the other", async () => {
    const deployment = await journey.deploy(latest);

    expect(deployment.state).toBe("succeeded");
    expect(await versions()).toEqual(["1 1.0.0", "1 1.0.0", "1 1.0.0"]);
    expect(overlaps(deployment)).toEqual([]);
  });

  it("stops at the first bad host and leaves the others alone", async () => {
    await journey.workshop.repository("greeter").commit({ version: "1.1.0", behaviour: { "crash-at-start": "true" } });
    const deployment = await journey.deploy(latest);

    expect(deployment.state).toBe("rolled-back");
    expect(await versions()).toEqual(["1 1.0.0", "1 1.0.0", "1 1.0.0"]);
    expect(await journey.starts("web-2")).toHaveLength(1);
    expect(await journey.starts("web-3")).toHaveLength(1);
  });

  it("rolls back every touched host when a later one fails", async () => {
    // A directory in the place of the file that only the new release opens: it can't start there.
    await journey.bed.host("web-3").mustRun(["mkdir", "-p", "/srv/greeter/shared/new-starts"]);
    await journey.workshop.configure({
      services: [greeter({ environment: { STARTS_FILE: "/srv/greeter/shared/new-starts" } })],
    });
    await journey.workshop.repository("greeter").commit({ version: "1.2.0" });
    await journey.client.applyConfiguration(await readFile(journey.workshop.configFile, "utf8"), "signalbox.yml");
    const deployment = await journey.deploy(latest);

    expect(deployment.finished?.message).toContain("web-3");
    expect(deployment.state).toBe("rolled-back");
    expect(await versions()).toEqual(["1 1.0.0", "1 1.0.0", "1 1.0.0"]);
  });

  it("brings a configuration-only change without a build", async () => {
    await journey.workshop.configure({ services: [greeter()] });
    await journey.client.applyConfiguration(await readFile(journey.workshop.configFile, "utf8"), "signalbox.yml");
    await journey.workshop.repository("greeter").commit({ version: "1.3.0" });
    const good = await journey.deploy(latest);
    const again = await journey.deploy({ ...latest, origin: { kind: "release", number: good.release!.number } });

    expect(good.state).toBe("succeeded");
    expect(again.state).toBe("succeeded");
    expect(again.prepare?.steps.map(({ kind }) => kind)).not.toContain("build-artifact");
  });
});

/** Hosts whose activations overlapped in time. */
function overlaps(deployment: Deployment): readonly string[] {
  const spans = [...deployment.progress.rollout]
    .filter(([index]) => deployment.rollout?.steps[index]?.kind === "activate-release")
    .flatMap(([, step]) => [...step])
    .map(([host, { startedAt, endedAt }]) => ({ host, startedAt, endedAt: endedAt ?? 0 }))
    .toSorted((a, b) => a.startedAt - b.startedAt);
  return spans.flatMap((span, index) => (index > 0 && span.startedAt < spans[index - 1]!.endedAt ? [span.host] : []));
}

describe("hosts that can't be reached", () => {
  let journey: Journey;

  beforeAll(async () => {
    journey = await aJourney(
      { services: [greeter()], environments: production({ limits: { floor: 1, tolerate: 1, progress: "20s" } }) },
      hosts,
    );
  });
  afterAll(async () => journey?.close());
  beforeEach(async () => {
    await Promise.all(hosts.map(async (host) => journey.bed.host(host).restore()));
  });

  it("are left behind by name when one is tolerated, and brought back by hosts sync", async () => {
    await journey.bed.host("web-3").cut();
    const deployment = await journey.deploy(latest);
    await journey.bed.host("web-3").restore();

    expect(deployment.finished?.message).toContain("left behind: web-3");
    expect(deployment.state).toBe("succeeded");
    expect(deployment.finished?.behind).toEqual(["web-3"]);

    const [brought] = await journey.client.syncHost("web-3");
    expect((await journey.ended(brought!.id)).state).toBe("succeeded");
    expect(await journey.version("web-3")).toBe("1 1.0.0");
  });

  it("end the deployment before any change when there are more than are tolerated", async () => {
    await journey.bed.host("web-2").cut();
    await journey.bed.host("web-3").cut();
    await journey.workshop.repository("greeter").commit({ version: "1.1.0" });
    const deployment = await journey.deploy(latest);
    await Promise.all(hosts.map(async (host) => journey.bed.host(host).restore()));

    expect(deployment.state).toBe("failed");
    expect(deployment.finished?.message).toMatch(/web-[23]/);
    expect(await journey.version("web-1")).toBe("1 1.0.0");
  });

  it("are asked again when the link was cut in the middle of an activation", async () => {
    await journey.workshop.repository("greeter").commit({ version: "1.2.0", behaviour: { "start-delay-ms": "2500" } });
    const { id } = await journey.client.deploy(latest);
    let cutOnce = false;
    for await (const { event } of journey.client.watch(id, { signal: AbortSignal.timeout(60_000) })) {
      if (event.kind === "step-started" && event.track === "rollout" && !cutOnce && event.hosts.includes("web-2")) {
        cutOnce = true;
        await journey.bed.host("web-2").cut();
        setTimeout(() => void journey.bed.host("web-2").restore(), 8_000);
      }
    }
    const deployment = await journey.ended(id);

    expect(deployment.finished?.message).toContain("serves on 3 host(s)");
    expect(await journey.version("web-2")).toContain("1.2.0");
    const started = (await journey.starts("web-2")).filter((line) => line.endsWith(` ${deployment.release!.number}`));
    expect(started).toHaveLength(1);
  });
});
