import { readFile } from "node:fs/promises";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { Deployment } from "../../src/core/deployment.ts";
import { greeter } from "../../testbed/workshop.ts";
import type { StoryService } from "../../testbed/workshop.ts";
import { aJourney } from "../support/journey.ts";
import type { Journey } from "../support/journey.ts";

const health = { http: "/healthz", within: "6s", stable: "0s", successes: 1 };
const service = (settings: object = {}): StoryService => greeter({ health, ...settings });
const latest = { service: "greeter", environment: "dev", origin: { kind: "revision" } } as const;
const dev = { dev: { services: { greeter: { hosts: ["web-3", "web-4"], strategy: { rolling: { batch: 1 } } } } } };

describe("hooks", () => {
  let journey: Journey;

  beforeAll(async () => {
    journey = await aJourney({ services: [service()], environments: dev }, ["web-3", "web-4"]);
  });
  afterAll(async () => journey?.close());

  const told = (file: string) => [
    "sh",
    "-c",
    `echo "$SIGNALBOX_HOOK $SIGNALBOX_SERVICE@$SIGNALBOX_ENVIRONMENT r$SIGNALBOX_RELEASE \${SIGNALBOX_HOST:-server} $(echo $SIGNALBOX_REVISION | cut -c1-7)" >>${file}`,
  ];
  const linesOn = async (host: string): Promise<readonly string[]> =>
    (await journey.bed.host(host).rootShell(["cat", "/home/deploy/hooks"])).stdout.split("\n").filter(Boolean);
  const versions = async () => Promise.all(["web-3", "web-4"].map(async (host) => journey.version(host)));
  const failing = (at: string, on: string) => ({ at, on, run: ["sh", "-c", "echo it does not answer; exit 4"] });

  it("run at their place in the order, on the server, the first host or every host, and know what it is about", async () => {
    const onServer = path.join(journey.workshop.directory, "hooks");
    const onHost = "/home/deploy/hooks";
    await journey.reconfigure({
      services: [
        service({
          hooks: [
            ...["before-build", "after-build", "before-rollout", "after-rollout"].map((at) => ({
              at,
              on: "server",
              run: told(onServer),
            })),
            { at: "before-rollout", on: "first-host", run: told(onHost) },
            { at: "before-activate", on: "every-host", run: told(onHost) },
            {
              at: "after-activate",
              on: "every-host",
              run: ["sh", "-c", "test -f server.mjs && pwd >>/home/deploy/hooks"],
            },
            { at: "after-rollout", on: "web-4", run: told(onHost) },
          ],
        }),
      ],
    });
    const { state, revision, prepare, rollout } = await journey.deploy(latest);
    const about = (at: string, release: string, where: string) =>
      `${at} greeter@dev ${release} ${where} ${revision!.slice(0, 7)}`;

    expect(state).toBe("succeeded");
    expect((await readFile(onServer, "utf8")).trim().split("\n")).toEqual([
      about("before-build", "r", "server"),
      about("after-build", "r", "server"),
      about("before-rollout", "r1", "server"),
      about("after-rollout", "r1", "server"),
    ]);
    const [release] = Object.values(rollout!.targets[0].goal);
    const here = `/srv/greeter/releases/${release}`;
    expect(await linesOn("web-3")).toEqual([
      about("before-rollout", "r1", "web-3"),
      about("before-activate", "r1", "web-3"),
      here,
    ]);
    expect(await linesOn("web-4")).toEqual([
      about("before-activate", "r1", "web-4"),
      here,
      about("after-rollout", "r1", "web-4"),
    ]);
    expect(prepare!.steps.map(({ kind }) => kind)).toEqual([
      "inspect-host",
      "check-runtime",
      "fetch-source",
      "run-hook",
      "build-artifact",
      "run-hook",
      "prepare-directories",
      "upload-artifact",
      "install-unit",
    ]);
  });

  it("that fail before the rollout stop it before any change", async () => {
    await journey.reconfigure({ services: [service({ hooks: [failing("before-rollout", "first-host")] })] });
    await journey.workshop.repository("greeter").commit({ version: "1.1.0" });
    const before = await Promise.all([journey.starts("web-3"), journey.starts("web-4")]);
    const deployment = await journey.deploy(latest);

    expect(deployment.state).toBe("failed");
    expect(deployment.finished?.message).toMatch(
      /web-3: run-hook failed: the hook before-rollout.* exit status 4; no host was changed/,
    );
    expect(await journey.log(deployment.id, "web-3")).toContain("it does not answer");
    expect(await Promise.all([journey.starts("web-3"), journey.starts("web-4")])).toEqual(before);
  });

  it("that fail after an activation have it rolled back, and the next host is left alone", async () => {
    await journey.reconfigure({ services: [service({ hooks: [failing("after-activate", "every-host")] })] });
    const before = await journey.starts("web-4");
    const deployment = await journey.deploy(latest);

    expect(deployment.state).toBe("rolled-back");
    expect(deployment.finished?.message).toContain("the hook after-activate");
    expect(await versions()).toEqual(["1 1.0.0", "1 1.0.0"]);
    expect(await journey.starts("web-4")).toEqual(before);
  });

  it("that hang are ended at their limit, with everything that they started", async () => {
    const run = ["sh", "-c", "setsid sleep 9861 & sleep 9862"];
    await journey.reconfigure({
      services: [service({ hooks: [{ at: "before-rollout", on: "first-host", run, within: "1s" }] })],
    });
    const deployment = await journey.deploy(latest);
    const all = "cat /proc/[0-9]*/cmdline | tr '\\0' ' '";
    const { stdout } = await journey.bed.host("web-3").rootShell(["sh", "-c", all]);

    expect(deployment.state).toBe("failed");
    expect(deployment.finished?.message).toContain("limit");
    expect(stdout).not.toMatch(/sleep 986\d/);
  });
});

describe("what stays on a host", () => {
  let journey: Journey;

  beforeAll(async () => {
    const kept = service({ keepReleases: 2, directories: ["/var/log/greeter"] });
    const environments = { dev: { services: { greeter: { hosts: ["web-3"] } } } };
    journey = await aJourney({ services: [kept], environments }, ["web-3"]);
  });
  afterAll(async () => journey?.close());

  const releases = async (): Promise<readonly string[]> =>
    (await journey.bed.host("web-3").mustRun(["ls", "/srv/greeter/releases"]))
      .trim()
      .split("\n")
      .map((id) => id.split("-")[0]!)
      .toSorted();

  it("are directories with their owner and mode, which a second deployment leaves as they are", async () => {
    await journey.deploy(latest);
    const stat = async (): Promise<string> =>
      journey.bed
        .host("web-3")
        .mustRun([
          "stat",
          "-c",
          "%n %U:%G %a",
          "/srv/greeter",
          "/srv/greeter/releases",
          "/srv/greeter/slots",
          "/srv/greeter/shared",
          "/var/log/greeter",
          "/var/lib/signalbox",
        ]);
    const lines = (await stat()).trim().split("\n");
    await journey.bed.host("web-3").mustRun(["chown", "root", "/var/log/greeter"]);
    const repaired = await journey.deploy(latest);
    const again = await journey.deploy(latest);

    expect(lines).toEqual([
      "/srv/greeter root:root 755",
      "/srv/greeter/releases deploy:deploy 755",
      "/srv/greeter/slots root:root 755",
      "/srv/greeter/shared greeter:greeter 750",
      "/var/log/greeter greeter:greeter 750",
      "/var/lib/signalbox root:root 700",
    ]);
    expect((await stat()).trim().split("\n")).toEqual(lines);
    expect(changed(repaired)).toEqual(["prepare-directories"]);
    expect(changed(again)).toEqual([]);
    expect(await journey.starts("web-3")).toHaveLength(1);
  });

  it("are the newest releases, keepReleases of them, and the one before the current one however old it is", async () => {
    for (const version of ["1.1.0", "1.2.0", "1.3.0"]) {
      await journey.workshop.repository("greeter").commit({ version });
      await journey.deploy(latest);
    }
    expect(await releases()).toEqual(["3", "4"]);

    await journey.ended((await journey.client.rollBack({ service: "greeter", environment: "dev" })).id);
    await journey.workshop.repository("greeter").commit({ version: "1.4.0" });
    await journey.deploy(latest);
    expect(await releases()).toEqual(["3", "4", "5"]);
    expect(await journey.version("web-3")).toBe("5 1.4.0");
  });
});

/** The kinds of the steps that said that they changed something on the host, away from the server's own work. */
function changed({ prepare, rollout, progress }: Deployment): readonly string[] {
  const of = (steps: readonly { readonly kind: string }[], track: "prepare" | "rollout"): readonly string[] =>
    [...progress[track]].flatMap(([index, hosts]) => {
      const { outcome } = hosts.get("web-3") ?? {};
      return outcome?.kind === "done" && outcome.changed ? [steps[index]!.kind] : [];
    });
  return [...of(prepare!.steps, "prepare"), ...of(rollout!.steps, "rollout")];
}
