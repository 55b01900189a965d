import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { fold } from "../../src/core/fold.ts";
import type { Deployment, DeploymentEvent } from "../../src/core/deployment.ts";
import { Prober } from "../../testbed/prober.ts";
import { ServerProcess } from "../../testbed/server-process.ts";
import type { Testbed } from "../../testbed/testbed.ts";
import { greeter, openWorkshop } from "../../testbed/workshop.ts";
import type { Workshop } from "../../testbed/workshop.ts";
import { atRest, begins, inTheMiddle, until, untilEvent } from "../support/moments.ts";
import { cleanHost, sharedHosts } from "../support/shared-hosts.ts";

const hosts = ["web-1", "web-2"] as const;
const latest = { service: "greeter", environment: "production", origin: { kind: "revision" } } as const;
const slow = { "start-delay-ms": "2000" };
const environments = (strategy: unknown) => ({ production: { services: { greeter: { hosts, strategy } } } });
const megabyte = 1024 * 1024;

const unknownOn =
  (host: string) =>
  (event: DeploymentEvent): boolean =>
    event.kind === "host-done" && event.track === "rollout" && event.host === host && event.outcome.kind === "unknown";

describe("faults in the middle of a deployment", () => {
  let bed: Testbed;
  let workshop: Workshop;
  let server: ServerProcess;

  beforeAll(async () => {
    bed = sharedHosts();
    await Promise.all(hosts.map(async (name) => cleanHost(bed.host(name))));
    workshop = await openWorkshop(bed, {
      services: [
        greeter({
          health: { http: "/healthz", within: "8s", stable: "0s", successes: 1, version: "/version" },
          build: {
            run: [
              ["node", "build.mjs"],
              ["sh", "-c", "cp message.txt dist/ || true"],
              // Long enough for a story to act between the look at the hosts and the upload.
              ["sleep", "1"],
            ],
            artifact: "dist",
          },
        }),
      ],
      environments: environments("recreate"),
    });
    await workshop.prepareHosts(hosts);
    server = new ServerProcess(workshop);
    await server.start();
    expect((await deploy("1.0.0")).state).toBe("succeeded");
  });
  beforeEach(async () => {
    await Promise.all(hosts.map(async (name) => bed.host(name).restore()));
  });
  afterAll(async () => {
    await Promise.all(hosts.map(async (name) => bed.host(name).restore()));
    await server?.stop();
    await workshop?.close();
  });

  const begin = async (version: string, change: Parameters<typeof commit>[1] = {}) => {
    await commit(version, change);
    return server.client.deploy(latest);
  };
  const commit = async (
    version: string,
    change: { behaviour?: Record<string, string>; files?: Record<string, string> },
  ) => workshop.repository("greeter").commit({ version, ...change });
  const ended = async (id: string): Promise<Deployment> => {
    for await (const _ of server.client.watch(id, { signal: AbortSignal.timeout(100_000) }));
    return fold(id, await server.client.journal(id));
  };
  const deploy = async (version: string, change: Parameters<typeof commit>[1] = {}) =>
    ended((await begin(version, change)).id);
  const versions = async (): Promise<readonly string[]> =>
    Promise.all(
      hosts.map(async (name) =>
        fetch(`http://${bed.host(name).address}:8081/version`, { signal: AbortSignal.timeout(2000) }).then(
          async (answer) => (await answer.text()).trim(),
          () => "nothing",
        ),
      ),
    );
  const starts = async (release: number): Promise<readonly number[]> =>
    Promise.all(
      hosts.map(async (name) => {
        const lines = (await bed.host(name).readFile("/srv/greeter/shared/starts")).split("\n");
        return lines.filter((line) => line.endsWith(` ${release}`)).length;
      }),
    );

  it("a cut and a silent link: each host completes alone, is asked again, and was activated once", async () => {
    const { id } = await begin("2.0.0", { behaviour: slow });
    await untilEvent(server.client, id, begins("rollout", "web-1"));
    await Promise.all(hosts.map(async (name) => inTheMiddle(bed.host(name), 2)));
    await Promise.all([bed.host("web-1").cut(), bed.host("web-2").blackhole()]);
    await Promise.all(hosts.map(async (name) => atRest(bed.host(name))));
    await Promise.all(hosts.map(async (name) => untilEvent(server.client, id, unknownOn(name))));
    await Promise.all(hosts.map(async (name) => bed.host(name).restore()));
    const deployment = await ended(id);

    expect(deployment.finished?.message).toBe("release 2 serves on 2 host(s)");
    expect(await versions()).toEqual(["2 2.0.0", "2 2.0.0"]);
    expect(await starts(2)).toEqual([1, 1]);
  });

  it("a frozen host and a power cut: both are whole afterwards, and the deployment tells the truth", async () => {
    const { id } = await begin("3.0.0", { behaviour: slow });
    await untilEvent(server.client, id, begins("rollout", "web-1"));
    await Promise.all(hosts.map(async (name) => inTheMiddle(bed.host(name), 3)));
    await Promise.all([bed.host("web-1").freeze(), bed.host("web-2").powerCut()]);
    const booted = bed.host("web-2").boot();
    await untilEvent(server.client, id, unknownOn("web-1"));
    await bed.host("web-1").thaw();
    await booted;
    const deployment = await ended(id);

    const release = deployment.state === "succeeded" ? "3 3.0.0" : "2 2.0.0";
    expect(["succeeded", "rolled-back"]).toContain(deployment.state);
    await Promise.all(hosts.map(async (name) => atRest(bed.host(name))));
    expect(await versions()).toEqual([release, release]);
    expect((await starts(3))[0]).toBe(1);
  });

  it("a reboot after a deployment: what was deployed serves again", async () => {
    const before = await versions();
    await bed.host("web-1").reboot();
    await until("web-1 serves after its boot", async () => (await versions())[0] === before[0]);
  });

  it("a dead server: the services serve, the half-done host completes alone, and the next server goes on", async () => {
    await workshop.configure({ environments: environments({ rolling: { batch: 1 } }) });
    await server.client.applyConfiguration(await readFile(workshop.configFile, "utf8"), "signalbox.yml");
    const prober = new Prober(
      hosts.map((name) => `http://${bed.host(name).address}:8081/`),
      20,
    );
    try {
      const { id } = await begin("4.0.0", { behaviour: slow });
      await untilEvent(server.client, id, begins("rollout", "web-1"));
      const { number } = fold(id, await server.client.journal(id)).release!;
      await inTheMiddle(bed.host("web-1"), number);
      await server.kill();
      await atRest(bed.host("web-1"));
      const whileDead = await versions();
      await pause(1_000);
      await server.start();
      const deployment = await ended(id);
      const seen = prober.take();

      expect(whileDead[0]).toBe(`${number} 4.0.0`);
      expect(whileDead[1]).not.toContain("4.0.0");
      expect(deployment.state).toBe("succeeded");
      expect(await versions()).toEqual([`${number} 4.0.0`, `${number} 4.0.0`]);
      expect(await starts(number)).toEqual([1, 1]);
      expect(seen.requests).toBeGreaterThan(50);
      expect(seen.failed).toBe(0);
    } finally {
      prober.stop();
    }
  });

  it("a full disk, before an upload and during it: a clear word, and the old release serves", async () => {
    const before = await versions();
    const web2 = bed.host("web-2");
    const big = { files: { "message.txt": randomBytes(8 * megabyte).toString("base64") } };
    try {
      await web2.fillDisk(30 * megabyte);
      const early = await deploy("5.0.0", big);
      expect(early.state).toBe("failed");
      expect(early.finished?.message).toMatch(
        /^web-2: .*web-2 has \d+ MB free below \/srv\/greeter and \d+ MB are needed/,
      );
      web2.emptyDisk();

      const { id } = await server.client.deploy(latest);
      await untilEvent(server.client, id, (event) => event.kind === "step-started" && event.step === 3);
      await web2.fillDisk(2 * megabyte);
      const late = await ended(id);
      expect(late.state).toBe("failed");
      expect(late.finished?.message).toMatch(/web-2: upload-artifact failed: .*[Nn]o space left/);
      expect(await versions()).toEqual(before);
    } finally {
      web2.emptyDisk();
    }
    expect((await ended((await server.client.deploy(latest)).id)).state).toBe("succeeded");
    expect((await versions())[1]).toContain("5.0.0");
  });
});
