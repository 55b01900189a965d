import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { Deployment } from "../../src/core/deployment.ts";
import { exitCodeOf } from "../../src/core/exit-code.ts";
import { releaseId } from "../../src/core/release.ts";
import { openLocal } from "../../src/signalbox.ts";
import type { Local } from "../../src/signalbox.ts";
import { greeter } from "../../testbed/workshop.ts";
import type { StoryService } from "../../testbed/workshop.ts";
import { aJourney } from "../support/journey.ts";
import type { Journey } from "../support/journey.ts";
import { begins, untilEvent } from "../support/moments.ts";

const quick = { http: "/healthz", within: "5s", stable: "0s", successes: 1, version: "/version" };
const run = promisify(execFile);
const main = path.join(import.meta.dirname, "..", "..", "src", "main.ts");

/** A second service on the same hosts, which slows down nobody but itself. */
const site: StoryService = {
  name: "site",
  example: "static-site",
  settings: {
    build: { run: ["sh", "build.sh"], artifact: "public" },
    unit: { exec: ["node", "server.mjs"], user: "site" },
    port: 8082,
    health: quick,
  },
};

const greeterPlace = { service: "greeter", environment: "production" };
const sitePlace = { service: "site", environment: "production" };
const slow = { "start-delay-ms": "1200" };

const latest = (place: typeof greeterPlace) => ({ ...place, origin: { kind: "revision" as const } });

interface Span {
  readonly from: number;
  readonly to: number;
}

/** When each host was in activation. */
function spansOf(deployment: Deployment): ReadonlyMap<string, Span> {
  const steps = [...deployment.progress.rollout].filter(
    ([index]) => deployment.rollout!.steps[index]!.kind === "activate-release",
  );
  return new Map(
    steps.flatMap(([, hosts]) =>
      [...hosts].map(([host, { startedAt, endedAt }]) => [host, { from: startedAt, to: endedAt! }] as const),
    ),
  );
}

function overlap(a: Span, b: Span): boolean {
  return a.from < b.to && b.from < a.to;
}

describe("locks", () => {
  let journey: Journey;
  beforeAll(async () => {
    journey = await aJourney(
      {
        services: [greeter({ health: quick }), site],
        environments: {
          production: {
            services: {
              greeter: { hosts: ["web-1", "web-2"], strategy: { rolling: { batch: 1 } } },
              site: { hosts: ["web-2", "web-1"], strategy: { rolling: { batch: 1 } } },
            },
          },
        },
      },
      ["web-1", "web-2"],
    );
  });
  afterAll(async () => journey?.close());

  it("keep two services from being changed on one host at the same time, and never stop both", async () => {
    await journey.workshop.repository("greeter").commit({ version: "1.1.0", behaviour: slow });
    await journey.workshop.repository("site").commit({ version: "1.1.0", behaviour: slow });
    const [one, other] = await Promise.all([journey.deploy(latest(greeterPlace)), journey.deploy(latest(sitePlace))]);

    expect([one.finished?.message, other.finished?.message]).toEqual([
      "release 1 serves on 2 host(s)",
      "release 1 serves on 2 host(s)",
    ]);
    const [spans, others] = [spansOf(one), spansOf(other)];
    for (const host of ["web-1", "web-2"]) expect(overlap(spans.get(host)!, others.get(host)!)).toBe(false);
  });

  it("let one deployment of a service run at a time, and the newest of those that wait", async () => {
    const { client } = journey;
    const commit = (version: string) => journey.workshop.repository("greeter").commit({ version, behaviour: slow });
    await commit("2.0.0");
    const running = await client.deploy(latest(greeterPlace));
    await untilEvent(client, running.id, begins("rollout", "web-1"));
    await commit("3.0.0");
    const older = await client.deploy(latest(greeterPlace));
    await untilEvent(client, older.id, ({ kind }) => kind === "rollout-planned");
    await commit("4.0.0");
    const newer = await client.deploy(latest(greeterPlace));
    const [first, second, third] = [
      await journey.ended(running.id),
      await journey.ended(older.id),
      await journey.ended(newer.id),
    ];

    expect([first.state, second.state, third.state]).toEqual(["succeeded", "superseded", "succeeded"]);
    expect([first, second, third].map(exitCodeOf)).toEqual([0, 3, 0]);
    const spans = [...spansOf(first).values(), ...spansOf(third).values()].toSorted((a, b) => a.from - b.from);
    expect(spans.some((span, index) => index > 0 && overlap(span, spans[index - 1]!))).toBe(false);
    expect(await journey.version("web-1")).toContain("4.0.0");
    expect((await journey.starts("web-1")).filter((line) => line.endsWith(` ${second.release?.number ?? -1}`))).toEqual(
      [],
    );
  });

  it("let nobody else into the data directory, who is told who is there, and asks that one", async () => {
    const { workshop } = journey;
    const options = ["--config", workshop.configFile, "--data", workshop.dataDirectory];
    const refused = await run(process.execPath, [main, "serve", ...options]).catch((error: unknown) => error);
    expect(refused).toMatchObject({
      code: 5,
      stderr: expect.stringContaining(`is in use by process ${process.pid} since`),
    });

    const { stdout } = await run(process.execPath, [main, "history", "--local", "--json", ...options]);
    expect(JSON.parse(stdout)).toMatchObject({ deployments: expect.arrayContaining([expect.anything()]) });
  });
});

describe("a host that belongs to an installation", () => {
  let journey: Journey;
  let second: Local;
  const hosts = ["web-1"];
  beforeAll(async () => {
    journey = await aJourney(
      { services: [greeter({ health: quick })], environments: { production: { services: { greeter: { hosts } } } } },
      hosts,
    );
    expect((await journey.deploy(latest(greeterPlace))).state).toBe("succeeded");
    second = await openLocal({
      configFile: journey.workshop.configFile,
      dataDirectory: path.join(journey.workshop.directory, "second"),
    });
  });
  afterAll(async () => {
    await second?.close();
    await journey?.close();
  });

  /** Calls the helper as the deploy user could. */
  const activate = async (installation: string, epoch: number, release: string): Promise<string> => {
    const call = `sudo -n /usr/lib/signalbox/signalbox-helper activate k-${epoch} digest greeter main ${release}`;
    const { stdout } = await journey.bed.host("web-1").ssh(`${call} installation=${installation} epoch=${epoch}`);
    return stdout;
  };

  const secondEnded = async (id: string) => {
    for await (const _ of second.client.watch(id, { signal: AbortSignal.timeout(60_000) }));
    return second.client.deployment(id);
  };

  it("refuses an older server of it, and every other one", async () => {
    const status = await journey.bed.host("web-1").ssh("sudo -n /usr/lib/signalbox/signalbox-helper status greeter");
    const installation = /installation=(\S+)/.exec(status.stdout)![1]!;
    const [deployment] = await journey.client.deployments({ limit: 1 });
    const { release } = (await journey.ended(deployment!.id)) as { release: Parameters<typeof releaseId>[0] };

    expect(await activate(installation, 0, releaseId(release))).toContain("error=stale-epoch");
    expect(await activate("another", 1_000, releaseId(release))).toContain("error=other-installation");
    expect(await journey.starts("web-1")).toHaveLength(1);
  });

  it("tells the other one before anything is uploaded, and how to take the host over", async () => {
    await journey.workshop.repository("greeter").commit({ version: "2.0.0" });
    const ended = await secondEnded((await second.client.deploy(latest(greeterPlace))).id);

    expect(ended.state).toBe("failed");
    expect(ended.message).toContain("web-1 belongs to the installation");
    expect(ended.message).toContain('signalbox hosts take-over web-1 --reason "..."');
    expect(await journey.version("web-1")).toBe("1 1.0.0");
  });

  it("is taken over with a reason, after which the first one reads that and may do nothing", async () => {
    const taken = await second.client.takeOver("web-1", "the old server burned down");
    const again = await second.client.takeOver("web-1", "the old server burned down");
    const ended = await secondEnded((await second.client.deploy(latest(greeterPlace))).id);

    expect(taken).toMatchObject([{ service: "greeter", done: true, from: expect.any(String) }]);
    expect(again).toMatchObject([{ service: "greeter", done: true, from: null }]);
    expect(ended).toMatchObject({ state: "succeeded" });
    expect(await journey.version("web-1")).toContain("2.0.0");

    const [place] = await journey.client.status({ live: true });
    expect(place?.hosts[0]?.problem).toContain("it belongs to the installation");
    const refused = await journey.deploy(latest(greeterPlace));
    expect(refused.state).toBe("failed");
    expect(exitCodeOf(refused)).toBe(5);
  });
});
