import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { until } from "../../testbed/command.ts";
import type { TestbedHost } from "../../testbed/host.ts";
import { greeter } from "../../testbed/workshop.ts";
import { aJourney } from "../support/journey.ts";
import type { Journey } from "../support/journey.ts";

const unit = "legacy-orders.service";
const health = { http: "/healthz", within: "4s", stable: "0s", successes: 1, version: "/version" };
const latest = { service: "greeter", environment: "dev", origin: { kind: "revision" } } as const;

/** As somebody once put it there by hand. */
const unitText = `[Unit]
Description=orders, do not touch

[Service]
ExecStart=/usr/bin/node /opt/legacy/server.mjs
User=nobody
Restart=always

[Install]
WantedBy=multi-user.target
`;
const server = `import { createServer } from "node:http";
createServer((request, response) => response.end("legacy 0.9\\n")).listen(8081);
process.on("SIGTERM", () => process.exit(0));
`;

describe("a service that was put on its host by hand", () => {
  let journey: Journey;
  let web: TestbedHost;

  beforeAll(async () => {
    const environments = { dev: { services: { greeter: { hosts: ["web-3"] } } } };
    journey = await aJourney({ services: [greeter({ health, adopts: unit })], environments }, ["web-3"]);
    web = journey.bed.host("web-3");
    await web.writeFile("/opt/legacy/server.mjs", server);
    await web.writeFile(`/etc/systemd/system/${unit}`, unitText);
    await web.mustRun(["systemctl", "enable", "--now", "--quiet", unit]);
    await until("the old service answers", 20, async () => (await journey.version("web-3")) || undefined);
  });
  afterAll(async () => journey?.close());

  const pid = async (): Promise<string> => web.mustRun(["systemctl", "show", "-P", "MainPID", unit]);
  const is = async (question: string, name: string): Promise<string> =>
    (await web.rootShell(["systemctl", question, name])).stdout.trim();
  const serving = async (): Promise<string | null> => {
    const [place] = await journey.client.status({ service: "greeter", live: true });
    return place!.hosts[0]!.release;
  };

  it("is not adopted when root has not listed its unit", async () => {
    const [answer] = await journey.client.adopt({ service: "greeter", environment: "dev", unit: "ssh.service" });

    expect(answer!.message).toContain("root has not listed ssh.service");
    expect(await serving()).toBe("nothing");
  });

  it("becomes release 0 without a restart", async () => {
    const before = await pid();
    const answers = await journey.client.adopt({ service: "greeter", environment: "dev", unit });

    expect(answers).toEqual([{ host: "web-3", done: true, message: `${unit} is release 0 now; it was not restarted` }]);
    expect(await pid()).toBe(before);
    expect(await serving()).toBe("release 0 (adopted)");
  });

  it("serves again when the first release is bad", async () => {
    await journey.workshop.repository("greeter").commit({ version: "1.0.1", behaviour: { "never-healthy": "true" } });
    const deployment = await journey.deploy(latest);

    expect(deployment.state).toBe("rolled-back");
    expect(deployment.finished?.message).toContain("release 0 (adopted) serves again");
    expect(await journey.version("web-3")).toBe("legacy 0.9");
  });

  it("makes way for the first good release, and is not started at boot any more", async () => {
    await journey.workshop.repository("greeter").commit({ version: "1.1.0" });
    const deployment = await journey.deploy(latest);

    expect(deployment.state).toBe("succeeded");
    expect(await journey.version("web-3")).toBe("2 1.1.0");
    expect([await is("is-active", unit), await is("is-enabled", unit)]).toEqual(["inactive", "disabled"]);
    expect(await is("is-enabled", "greeter@main")).toBe("enabled");
  });

  it("comes back by one command, as it was", async () => {
    const { id } = await journey.client.rollBack({ service: "greeter", environment: "dev" });
    const deployment = await journey.ended(id);

    expect(deployment.finished?.message).toBe("release 0 (adopted) serves on 1 host(s)");
    expect(await journey.version("web-3")).toBe("legacy 0.9");
    expect([await is("is-active", unit), await is("is-enabled", unit)]).toEqual(["active", "enabled"]);
    expect(await is("is-active", "greeter@main")).not.toBe("active");
    expect(await web.readFile(`/etc/systemd/system/${unit}`)).toBe(unitText);
  });

  it("makes way again, without a build or an upload", async () => {
    const deployment = await journey.deploy({ ...latest, origin: { kind: "release", number: 2 } });

    expect(deployment.state).toBe("succeeded");
    expect(await journey.version("web-3")).toBe("2 1.1.0");
    expect(await journey.log(deployment.id, "web-3")).not.toContain("upload the whole file");
  });
});
