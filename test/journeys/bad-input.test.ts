import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { Refused } from "../../src/api/client.ts";
import type { DeployRequest } from "../../src/api/views.ts";
import { until } from "../../testbed/command.ts";
import { greeter } from "../../testbed/workshop.ts";
import type { StoryService } from "../../testbed/workshop.ts";
import { aJourney } from "../support/journey.ts";
import type { Journey } from "../support/journey.ts";

const run = promisify(execFile);
const health = { http: "/healthz", within: "3s", stable: "0s", successes: 1, version: "/version" };
const service = (settings: object = {}): StoryService => greeter({ health, ...settings });
const latest = { service: "greeter", environment: "dev", origin: { kind: "revision" } } as const;
const dev = { dev: { services: { greeter: { hosts: ["web-3"] } } } };

describe("what can't be deployed", () => {
  let journey: Journey;

  beforeAll(async () => {
    journey = await aJourney({ services: [service()], environments: dev }, ["web-3"]);
    expect((await journey.deploy(latest)).state).toBe("succeeded");
  });
  afterEach(async () => {
    expect(await journey.version("web-3")).toMatch(/^\d+ 1\.0\.0$/);
    await journey.reconfigure({ services: [service()], environments: dev });
  });
  afterAll(async () => journey?.close());

  const refused = async (request: object): Promise<string> => {
    const answer = await journey.client
      .deploy({ ...latest, ...request } as DeployRequest)
      .catch((error: unknown) => error);
    expect(answer).toBeInstanceOf(Refused);
    return (answer as Refused).message;
  };
  const from = (ref: string) => ({ origin: { kind: "revision", ref } });
  const lint = async (settings: object): Promise<string> =>
    journey.reconfigure({ services: [service(settings)] }).then(
      () => "taken",
      (error: Error) => error.message,
    );
  const bad = async (version: string, behaviour: Record<string, string>) => {
    await journey.workshop.repository("greeter").commit({ version, behaviour });
    return journey.deploy(latest);
  };

  it("is refused at the door: unknown services, environments, hosts, releases and artifacts", async () => {
    expect(await refused({ service: "greetr" })).toContain("Did you mean greeter?");
    expect(await refused({ environment: "production" })).toContain("There is no environment production");
    expect(await refused({ hosts: ["web-9"] })).toContain("web-9 is not a host of greeter in dev; its hosts are web-3");
    expect(await refused({ origin: { kind: "release", number: 99 } })).toContain(
      "there is no release 99 of greeter in dev",
    );
    expect(await refused({ origin: { kind: "artifact", sha256: "0".repeat(64) } })).toContain("upload it first");
  });

  it("is refused at the door: refs that are not there, and refs that are something else", async () => {
    expect(await refused(from("feature/none"))).toContain('has no branch and no tag "feature/none"');
    for (const ref of [
      "--upload-pack=touch /tmp/hurt",
      "main; reboot",
      "$(reboot)",
      "../../etc",
      "main\nreboot",
      "-main",
    ]) {
      expect(await refused(from(ref))).not.toBe("");
    }
    await expect(run("ls", ["/tmp/hurt"])).rejects.toMatchObject({ code: 2 });
  });

  it("is refused at the door: a git server that can't be reached", async () => {
    await journey.reconfigure({ services: [service({ source: { git: "https://127.0.0.1:9/shop/greeter.git" } })] });
    expect(await refused({})).toContain("127.0.0.1:9");
    await journey.reconfigure({ services: [service({ source: { git: "/nowhere/greeter.git" } })] });
    expect(await refused({})).toContain("/nowhere/greeter.git");
  });

  it("is refused before a deployment: settings that would become something else on a host", async () => {
    const unit = { exec: ["node", "server.mjs"], user: "greeter" };
    expect(await lint({ unit: { ...unit, description: "hello\nUser=root" } })).toContain("must be one line");
    expect(await lint({ unit: { ...unit, exec: ["node", "server.mjs\nExecStartPre=+/bin/sh"] } })).toContain(
      "line breaks",
    );
    expect(await lint({ unit: { ...unit, exec: ["+node", "server.mjs"] } })).toContain("privilege");
    expect(await lint({ unit: { ...unit, user: "root" } })).toContain("must not be root");
    expect(await lint({ environment: { A: "1\nLD_PRELOAD=/tmp/x" } })).toContain("line breaks");
    expect(await lint({ build: { run: ["true"], artifact: "../../etc/shadow" } })).toContain("path within the source");
    expect(await lint({ health: { ...health, http: "/healthz HTTP/1.1\r\nX: y" } })).toContain(
      "must be a path such as",
    );
  });

  it("fails before any change: a program, a runtime or an artifact that is not there", async () => {
    const outcome = async (settings: object): Promise<string | undefined> => {
      await journey.reconfigure({ services: [service(settings)] });
      const deployment = await journey.deploy(latest);
      expect(deployment.state).toBe("failed");
      return deployment.finished?.message;
    };
    const user = "greeter";
    expect(await outcome({ unit: { exec: ["nodejs-99", "server.mjs"], user }, runtime: { node: ">=18" } })).toContain(
      "web-3: check-runtime failed: nodejs-99 is not on the path of services on web-3",
    );
    expect(await outcome({ unit: { exec: ["/opt/none/node", "server.mjs"], user } })).toContain(
      "there is no program /opt/none/node on web-3",
    );
    expect(await outcome({ runtime: { node: ">=99" } })).toContain(
      "node >=99 is required, and /usr/bin/node on web-3 is 20",
    );
    expect(await outcome({ build: { run: ["node", "build.mjs"], artifact: "build/libs/greeter.jar" } })).toContain(
      'left no artifact "build/libs/greeter.jar"',
    );
  });

  it("is rolled back: a health check that hangs, or that answers without an end", async () => {
    const hung = await bad("1.1.0", { "hang-health": "true" });
    const huge = await bad("1.2.0", { "huge-health": "true" });

    for (const { state, finished } of [hung, huge]) {
      expect(state).toBe("rolled-back");
      expect(finished?.message).toMatch(
        /^web-3: activate-release failed: release \d+ did not become healthy: GET \/healthz on port 8081 did not succeed once within 3 s \(the last: no answer to \/healthz\)/,
      );
    }
  });

  it("is rolled back: a release that says that it is another one", async () => {
    const deployment = await bad("1.3.0", { "wrong-version": "true" });

    expect(deployment.state).toBe("rolled-back");
    expect(deployment.finished?.message).toMatch(/\/version did not say that it is release \d+/);
  });

  it("is rolled back: a release whose port is held by another process", async () => {
    const web = journey.bed.host("web-3");
    await journey.workshop.repository("greeter").commit({ version: "1.3.1" });
    const other = 'require("node:http").createServer((request, response) => response.end()).listen(8082)';
    await web.mustRun(["systemd-run", "--quiet", "--unit=other", "node", "-e", other]);
    await until("the other process listens", 20, async () => {
      const { code } = await web.rootShell(["curl", "-sf", "-o", "/dev/null", "http://127.0.0.1:8082/"]);
      return code === 0 || undefined;
    });
    await journey.reconfigure({ services: [service({ port: 8082 })] });
    await journey.workshop.prepareHosts(["web-3"]);
    const deployment = await journey.deploy(latest);
    await web.mustRun(["systemctl", "stop", "other"]);
    await journey.reconfigure({ services: [service()] });
    await journey.workshop.prepareHosts(["web-3"]);

    expect(deployment.state).toBe("rolled-back");
    expect(deployment.finished?.message).toMatch(
      /port 8082 is held by a process that is not of greeter@main\.service|Port 8082 is already in use/,
    );
  });

  it("fails before the upload: a host whose disk is full", async () => {
    await journey.workshop.repository("greeter").commit({ version: "1.4.0" });
    await journey.bed.host("web-3").fillDisk(20 * 1024 * 1024);
    const deployment = await journey.deploy(latest);
    journey.bed.host("web-3").emptyDisk();

    expect(deployment.state).toBe("failed");
    expect(deployment.finished?.message).toMatch(
      /^web-3: prepare-directories failed: web-3 has \d+ MB free below \/srv\/greeter and \d+ MB are needed/,
    );
  });
});

describe("a service that ignores SIGTERM", () => {
  let journey: Journey;

  beforeAll(async () => {
    const unit = { exec: ["node", "server.mjs"], user: "greeter", stopWithin: "1s" };
    journey = await aJourney({ services: [service({ unit })], environments: dev }, ["web-3"]);
  });
  afterAll(async () => journey?.close());

  it("is ended by SIGKILL when its time to stop is over, and the deployment says so", async () => {
    await journey.workshop.repository("greeter").commit({ version: "1.1.0", behaviour: { "ignore-sigterm": "true" } });
    await journey.deploy(latest);
    await journey.workshop.repository("greeter").commit({ version: "1.2.0" });
    const deployment = await journey.deploy(latest);
    const outcomes = [...deployment.progress.rollout.values()].map((step) => step.get("web-3")?.outcome);

    expect(deployment.state).toBe("succeeded");
    expect(outcomes).toContainEqual(expect.objectContaining({ note: expect.stringMatching(/got SIGKILL/) }));
    expect(await journey.version("web-3")).toContain("1.2.0");
  });
});
