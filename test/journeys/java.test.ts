import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { Deployment } from "../../src/core/deployment.ts";
import type { TestbedHost } from "../../testbed/host.ts";
import type { StoryService } from "../../testbed/workshop.ts";
import { aJourney } from "../support/journey.ts";
import type { Journey } from "../support/journey.ts";

/** Built on web-4, which has no place among its hosts. */
const orders: StoryService = {
  name: "orders",
  example: "java-orders",
  settings: {
    runtime: { java: ">=21" },
    build: { on: "web-4", run: ["./gradlew", "clean", "build"], artifact: "build/libs/orders.jar" },
    unit: { exec: ["java", "-Xmx64m", "-XX:TieredStopAtLevel=1", "-jar", "orders.jar"], user: "orders" },
    port: 8080,
    health: { http: "/healthz", within: "30s", stable: "0s", successes: 1, version: "/version" },
    environment: { STARTS_FILE: "/srv/orders/shared/starts" },
  },
};
const latest = { service: "orders", environment: "dev", origin: { kind: "revision" } } as const;
/** As large as the libraries that a real jar has in it. */
const libraries = Array.from(
  { length: 40_000 },
  (_, index) => `${(index * 2654435761) % 4294967296} ${index ** 3}\n`,
).join("");

describe("a Java service", () => {
  let journey: Journey;
  let web: TestbedHost;
  let first: Deployment;

  beforeAll(async () => {
    const environments = { dev: { services: { orders: { hosts: ["web-3"] } } } };
    journey = await aJourney({ services: [orders], environments }, ["web-3", "web-4"]);
    web = journey.bed.host("web-3");
    await journey.workshop
      .repository("orders")
      .commit({ version: "1.0.0", files: { "src/main/resources/libraries": libraries } });
    first = await journey.deploy(latest);
  });
  afterAll(async () => journey?.close());

  it("is built by gradle on a builder host, and deployed to another one", async () => {
    const log = await journey.log(first.id, "web-4");

    expect(first.finished?.message).toBe("release 1 serves on 1 host(s)");
    expect(await journey.version("web-3", 8080)).toBe("1 1.0.0");
    expect(log).toContain('web-4: "./gradlew clean build"');
    expect(log).toContain("BUILD SUCCESSFUL");
    expect((await web.rootShell(["find", "/home", "-name", "*.java"])).stdout).toBe("");
    const left = ["find", "/home/deploy/.cache/signalbox/builds", "-mindepth", "1"];
    expect(await journey.bed.host("web-4").mustRun(left)).toBe("");
  });

  it("gets a release with one class changed as a difference, and the old JVM's 143 is a clean end", async () => {
    await journey.workshop.repository("orders").commit({ version: "1.1.0" });
    const deployment = await journey.deploy(latest);
    const log = await journey.log(deployment.id, "web-3");
    const [, sent, whole] = /send a difference against 1-[0-9a-f]{12}: (\d+) bytes of (\d+)/.exec(log) ?? [];

    expect(deployment.finished?.message).toBe("release 2 serves on 1 host(s)");
    expect(await journey.version("web-3", 8080)).toBe("2 1.1.0");
    expect(Number(whole)).toBe(deployment.artifact!.bytes);
    expect(Number(sent)).toBeLessThan(Number(whole) / 10);
    expect(log).not.toContain("upload the whole file");

    const journal = await web.mustRun(["journalctl", "-q", "--no-pager", "-u", "orders@main"]);
    expect(journal).toContain("Stopping with 0 request(s) in flight");
    expect(journal).not.toMatch(/Failed with result|SIGKILL/);
    const jar = `/srv/orders/slots/main/orders.jar`;
    expect(await web.mustRun(["sha256sum", jar])).toContain(deployment.artifact!.sha256);
  });
});
