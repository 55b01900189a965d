import { readdir, rename, rm } from "node:fs/promises";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { Refused } from "../../src/api/client.ts";
import { exitCodeOf } from "../../src/core/exit-code.ts";
import { greeter } from "../../testbed/workshop.ts";
import { aJourney } from "../support/journey.ts";
import type { Journey } from "../support/journey.ts";
import { begins, ends, until, untilEvent } from "../support/moments.ts";

const hosts = ["web-1", "web-2"];
const place = { service: "greeter", environment: "production" };
const latest = { ...place, origin: { kind: "revision" } } as const;
const quick = { http: "/healthz", within: "5s", stable: "0s", successes: 1, version: "/version" };

/** Slow enough for somebody to act while a host is in the middle of its activation. */
const slow = { "start-delay-ms": "1500" };

describe("the way back", () => {
  let journey: Journey;
  const commit = async (version: string, behaviour: Readonly<Record<string, string>> = {}): Promise<string> =>
    journey.workshop.repository("greeter").commit({ version, behaviour });
  const versions = async (): Promise<readonly string[]> =>
    Promise.all(hosts.map(async (host) => journey.version(host)));
  const startsOf = async (): Promise<readonly number[]> =>
    Promise.all(hosts.map(async (host) => (await journey.starts(host)).length));
  const rollBack = async (to?: number) => {
    const { id } = await journey.client.rollBack({ ...place, ...(to === undefined ? {} : { to }) });
    return journey.ended(id);
  };

  beforeAll(async () => {
    journey = await aJourney(
      {
        services: [greeter({ health: quick })],
        environments: { production: { services: { greeter: { hosts, strategy: { rolling: { batch: 1 } } } } } },
      },
      hosts,
    );
    const first = await journey.deploy(latest);
    await commit("2.0.0");
    const second = await journey.deploy(latest);
    expect([first.finished?.message, second.finished?.message]).toEqual([
      "release 1 serves on 2 host(s)",
      "release 2 serves on 2 host(s)",
    ]);
  });
  afterAll(async () => journey?.close());

  it("needs neither git nor a build nor what the server keeps", async () => {
    const { directory, dataDirectory } = journey.workshop;
    await rename(path.join(directory, "git"), path.join(directory, "git-is-gone"));
    const artifacts = path.join(dataDirectory, "artifacts");
    const kept = (await readdir(artifacts)).filter((name) => name !== "unfinished");
    await Promise.all(kept.map(async (name) => rm(path.join(artifacts, name), { recursive: true })));
    try {
      const deployment = await rollBack();

      expect(deployment.finished?.message).toBe("release 1 serves on 2 host(s)");
      expect(deployment.prepare?.steps.map(({ kind }) => kind)).toEqual(["inspect-host"]);
      expect(await versions()).toEqual(["1 1.0.0", "1 1.0.0"]);
    } finally {
      await rename(path.join(directory, "git-is-gone"), path.join(directory, "git"));
    }
  });

  it("leads to a release by its number, forwards too", async () => {
    expect((await rollBack(2)).state).toBe("succeeded");
    expect(await versions()).toEqual(["2 2.0.0", "2 2.0.0"]);
  });

  it("never leads to a release that is bad, or that there never was", async () => {
    await commit("3.0.0", { "crash-at-start": "true" });
    expect((await journey.deploy(latest)).state).toBe("rolled-back");
    const before = await startsOf();

    for (const to of [3, 99]) {
      const refused = await rollBack(to).catch((error: unknown) => error as Refused);
      expect(refused).toMatchObject({ problem: { code: "SB-API-NO-WAY-BACK", status: 409 } });
    }
    expect(await startsOf()).toEqual(before);
    expect(await versions()).toEqual(["2 2.0.0", "2 2.0.0"]);
  });

  it("is not a restart, which starts the release of each host once", async () => {
    const before = await startsOf();
    const deployment = await journey.ended((await journey.client.restart(place)).id);

    expect(deployment.state).toBe("succeeded");
    expect(await startsOf()).toEqual(before.map((count) => count + 1));
    expect(await versions()).toEqual(["2 2.0.0", "2 2.0.0"]);
  });

  it("is the abort of the deployment that runs, also in the middle of an activation", async () => {
    await commit("4.0.0", slow);
    const [, untouched] = await startsOf();
    const { id } = await journey.client.deploy(latest);
    await untilEvent(journey.client, id, begins("rollout", "web-1"));
    const back = await journey.client.rollBack({ ...place, reason: "wrong branch" });
    const deployment = await journey.ended(id);

    expect(back.id).toBe(id);
    expect(deployment.state).toBe("rolled-back");
    expect(deployment.finished?.message).toContain("wrong branch");
    expect(await versions()).toEqual(["2 2.0.0", "2 2.0.0"]);
    expect(await startsOf()).toEqual([expect.any(Number), untouched]);
  });

  it("is not taken by a pause, which finishes the current host; a resume goes on", async () => {
    await commit("5.0.0", slow);
    const { id } = await journey.client.deploy(latest);
    await untilEvent(journey.client, id, begins("rollout", "web-1"));
    await journey.client.pause(id);
    await untilEvent(journey.client, id, ends("rollout", "web-1"));
    const { state } = await journey.client.deployment(id);
    const [first, second] = await versions();

    expect(state).toBe("paused");
    expect([first, second]).toEqual([expect.stringContaining("5.0.0"), "2 2.0.0"]);

    await journey.client.resume(id);
    expect((await journey.ended(id)).state).toBe("succeeded");
    expect(await versions()).toEqual([first, first]);
  });

  it("leads to what the hosts served at the rollout's beginning, not when it was asked for", async () => {
    await commit("6.0.0", slow);
    const good = await journey.client.deploy(latest);
    await untilEvent(journey.client, good.id, begins("rollout", "web-1"));
    await commit("7.0.0", { "crash-at-start": "true" });
    const bad = await journey.client.deploy(latest);
    await untilEvent(journey.client, bad.id, (event) => event.kind === "rollout-planned");
    const [first, second] = [await journey.ended(good.id), await journey.ended(bad.id)];

    expect([first.state, second.state]).toEqual(["succeeded", "rolled-back"]);
    const goal = Object.values(first.rollout!.targets[0].goal);
    expect(Object.values(second.rollout!.targets[0].before)).toEqual(goal);
    expect(await versions()).toEqual([expect.stringContaining("6.0.0"), expect.stringContaining("6.0.0")]);
  });

  it("that is broken too ends with a person being needed, and names the host", async () => {
    const { current } = (await journey.client.journal((await journey.client.deployments({ limit: 1 }))[0]!.id))
      .flatMap(({ event }) =>
        event.kind === "host-done" && event.outcome.kind === "done" && event.outcome.result?.kind === "facts"
          ? [event.outcome.result.facts]
          : [],
      )
      .at(-1)!;
    await commit("8.0.0", slow);
    const { id } = await journey.client.deploy(latest);
    await untilEvent(journey.client, id, begins("rollout", "web-2"));
    await journey.bed.host("web-1").mustRun(["rm", "-r", `/srv/greeter/releases/${current}/server.mjs`]);
    await journey.client.abort(id, "orders come in twice");
    const deployment = await journey.ended(id);

    expect(deployment.state).toBe("rollback-failed");
    expect(deployment.finished?.behind).toEqual(["web-1"]);
    expect(deployment.finished?.message).toContain("web-1");
    expect(exitCodeOf(deployment)).toBe(4);
    expect(await journey.version("web-2")).toContain("6.0.0");
    // Whatever failed: something serves there.
    await until("web-1 serves", async () => (await journey.version("web-1")).includes("8.0.0"));
  });
});
