import { readFile, writeFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";

import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import type { DeploymentEvent } from "../../src/core/deployment.ts";
import type { RolloutStep } from "../../src/core/step.ts";
import { otherSide } from "../../src/core/traffic.ts";
import type { Side } from "../../src/core/traffic.ts";
import { movedBack } from "../../testbed/load/result.ts";
import { ServerProcess } from "../../testbed/server-process.ts";
import type { Workshop } from "../../testbed/workshop.ts";
import { ControlLink } from "../support/control-link.ts";
import { aJourney } from "../support/journey.ts";
import type { Journey } from "../support/journey.ts";
import { atRest, inTheMiddle, until, untilEvent } from "../support/moments.ts";
import { behindProxies, expectNoLoss, fleet, latest, storyOf, twoSlots } from "../support/traffic-story.ts";

const proxies = ["lb-1", "lb-2"] as const;
const all = process.env["SIGNALBOX_TEST_ALL"] === "1";
const rolling = { rolling: { batch: 3 } };
const quick = { http: "/healthz", within: "8s", stable: "0s", successes: 1, version: "/version" };
const slow = { "start-delay-ms": "1500" };
const perSecond = 100;
const serves = /^release \d+ serves on 4 host\(s\)$/;

/** The server as a process, four hosts, and two proxies; Signalbox comes to the second one over a link of its own. */
describe("the control plane, proxies and links fail under the requests of users", () => {
  let journey: Journey;
  let server: ServerProcess;
  let link: ControlLink;
  let version = 0;

  beforeAll(async () => {
    journey = await aJourney(storyOf(behindProxies(rolling, {}, { proxies }), { health: quick }), fleet, proxies, open);
    const { bed } = journey;
    link = await ControlLink.open(bed.controllerAddress, { host: bed.host("lb-2").address, port: 22 });
    await configure(rolling);
    expect((await journey.deploy(latest)).finished?.message).toMatch(serves);
  });
  afterEach(async () => {
    link?.restore();
    await Promise.all([...fleet, ...proxies].map(async (name) => journey?.bed.host(name).restore()));
  });
  afterAll(async () => {
    await journey?.close();
    await link?.close();
  });

  const open = async (workshop: Workshop) => {
    server = new ServerProcess(workshop);
    await server.start();
    return { client: server.client, close: async () => server.stop() };
  };
  /** With the second proxy behind its link. */
  const configure = async (strategy: unknown, settings: Readonly<Record<string, unknown>> = {}): Promise<void> => {
    const { workshop, client } = journey;
    await workshop.configure({ environments: behindProxies(strategy, settings, { proxies }) });
    const written = await readFile(workshop.configFile, "utf8");
    const text = written.replace(/(\n {2}lb-2:\n {4}address: )\S+(\n {4}port: )\d+/, `$1${link.address}$2${link.port}`);
    expect(text).not.toBe(written);
    await writeFile(workshop.configFile, text);
    await client.applyConfiguration(text, "signalbox.yml");
  };
  const begin = async (behaviour: Record<string, string> = {}): Promise<string> => {
    await journey.workshop.repository("greeter").commit({ version: `1.${(version += 1)}.0`, behaviour });
    return (await journey.client.deploy(latest)).id;
  };
  const died = async (milliseconds: number): Promise<void> => {
    await server.kill();
    await pause(milliseconds);
    await server.start();
  };

  it("kill -9 of Signalbox after a drain, and during an activation: the rollout goes on", async () => {
    const load = await journey.load({ perSecond, through: proxies, webSockets: 4 });
    const id = await begin(slow);
    await reaches(journey, id, "drain", "web-1", "done");
    await died(500);
    await reaches(journey, id, "activate-release", "web-2", "begun");
    await inTheMiddle(journey.bed.host("web-2"), 2);
    await died(0);
    const deployment = await journey.ended(id);
    const seen = await load.stop();

    expect(deployment.finished?.message).toBe("release 2 serves on 4 host(s)");
    await expectNoLoss(journey, seen);
    for (const host of fleet) {
      const starts = await journey.starts(host);
      expect(starts.filter((line) => line.endsWith(" 2"))).toHaveLength(1);
    }
    expect(await trafficOn(journey)).toEqual(inStep("blue", 0, { blue: fleet }));
  });

  it("the link to one of two proxies breaks in the middle: no further host leaves until it is back", async () => {
    const load = await journey.load({ perSecond, through: proxies });
    const id = await begin(slow);
    await reaches(journey, id, "activate-release", "web-1", "begun");
    link.cut();
    await untilEvent(journey.client, id, couldNotBeAsked);
    await pause(3000);
    expect(await begun(journey, id, "drain")).toEqual(["web-1"]);

    link.restore();
    const deployment = await journey.ended(id);
    const seen = await load.stop();
    expect(deployment.finished?.message).toMatch(serves);
    await expectNoLoss(journey, seen);
    expect(await trafficOn(journey)).toEqual(inStep("blue", 0, { blue: fleet }));
  });

  it("kill -9 during the share of a canary, and a reload of a proxy: the share stays, and it is promoted", async () => {
    await configure({ canary: { weights: [25], soak: "3s", longestSoak: "10m" } });
    const load = await journey.load({ perSecond, through: proxies });
    const { active: old } = await active(journey);
    const candidate = otherSide(old);
    const id = await begin();
    await reaches(journey, id, "set-share", "@proxies", "done");
    const shared = inStep(old, 2500, { [old]: ["web-2", "web-3", "web-4"], [candidate]: ["web-1"] });
    expect(await trafficOn(journey)).toEqual(shared);
    await server.kill();
    await journey.bed.host("lb-1").mustRun(["systemctl", "reload", "haproxy"]);
    await load.mark("dead");
    await pause(2000);
    await load.mark("back");
    await server.start();
    expect(await trafficOn(journey)).toEqual(shared);
    await journey.client.promote(id);
    const deployment = await journey.ended(id);
    const seen = await load.stop();

    expect(deployment.finished?.message).toMatch(serves);
    await expectNoLoss(journey, seen);
    // While nobody was there the share was kept.
    expect(Object.keys(seen.phases["dead"]!.releases)).toHaveLength(2);
    expect(await trafficOn(journey)).toEqual(inStep(candidate, 0, { [candidate]: fleet }));
  });

  it("an abort while one proxy is silent: the other one is switched back meanwhile, that one when it is back", async () => {
    await configure({ canary: { weights: [25], soak: "1m", longestSoak: "10m" } });
    const before = await trafficOn(journey);
    const load = await journey.load({ perSecond, through: proxies });
    const id = await begin();
    await reaches(journey, id, "set-share", "@proxies", "done");
    link.silence();
    await journey.client.abort(id, "it looks wrong");
    await until("the share of lb-1 is taken back", async () => (await mapOn(journey, "lb-1")).includes("share 0"));
    const events = (await journey.client.journal(id)).map(({ event }) => event);
    // It was told at once, and not when the other one had been given up.
    expect(events.filter((event) => event.kind === "host-done" && event.track === "roll-back")).toEqual([]);
    expect(await mapOn(journey, "lb-2")).toContain("share 2500");

    link.restore();
    const deployment = await journey.ended(id);
    const seen = await load.stop();
    expect(deployment.state).toBe("rolled-back");
    await expectNoLoss(journey, seen);
    expect(await trafficOn(journey)).toEqual(before);
  });

  it("the capacity guard holds a busy fleet with the numbers, and an override lets it go on", async () => {
    await configure(rolling, { limits: { load: "1%" } });
    const load = await journey.load({ perSecond, through: proxies });
    const id = await begin();
    await untilEvent(journey.client, id, ({ kind }) => kind === "narrowed");
    expect(await begun(journey, id, "drain")).toEqual([]);
    await journey.client.override(id, "the busiest hour is over");
    const deployment = await journey.ended(id);
    const seen = await load.stop();

    const events = (await journey.client.journal(id)).map(({ event }) => event);
    expect(events.find(({ kind }) => kind === "narrowed")).toMatchObject({
      hosts: [],
      reason: expect.stringMatching(/^4 host\(s\) are \d+ % busy on average; with one less .* the limit is 1 %$/),
    });
    expect(events.find(({ kind }) => kind === "overridden")).toMatchObject({ reason: "the busiest hour is over" });
    expect(deployment.finished?.message).toMatch(serves);
    await expectNoLoss(journey, seen);
    await configure(rolling);
  });

  it.runIf(all)(
    "the cable of a host is pulled between its drain and its activation, and in the middle of one",
    async () => {
      await configure(rolling, { hooks: [aMoment] });
      const load = await journey.load({ perSecond, through: proxies });
      const id = await begin(slow);
      await reaches(journey, id, "drain", "web-1", "done");
      await journey.bed.host("web-1").cut();
      await untilEvent(journey.client, id, couldNotBeAsked);
      expect(await begun(journey, id, "drain")).toEqual(["web-1"]);
      await journey.bed.host("web-1").restore();

      await reaches(journey, id, "activate-release", "web-2", "begun");
      const release = (await journey.client.deployment(id)).release!;
      await inTheMiddle(journey.bed.host("web-2"), release);
      await journey.bed.host("web-2").cut();
      await atRest(journey.bed.host("web-2"));
      expect(await begun(journey, id, "drain")).not.toContain("web-4");
      await journey.bed.host("web-2").restore();
      const deployment = await journey.ended(id);
      const seen = await load.stop();

      expect(deployment.finished?.message).toMatch(serves);
      await expectNoLoss(journey, seen);
      for (const host of fleet) {
        const starts = await journey.starts(host);
        expect(starts.filter((line) => line.endsWith(` ${release}`))).toHaveLength(1);
      }
    },
  );

  it.runIf(all)(
    "a reload and a kill -9 of a proxy during a drain, and its power cut: only its own users notice",
    async () => {
      await configure(rolling);
      const [load, other] = [
        await journey.load({ perSecond, through: ["lb-1"] }),
        await journey.load({ perSecond: 20, through: ["lb-2"] }),
      ];
      const id = await begin(slow);
      await reaches(journey, id, "drain", "web-1", "begun");
      await journey.bed.host("lb-1").mustRun(["systemctl", "reload", "haproxy"]);
      await journey.bed.host("lb-2").mustRun(["systemctl", "kill", "--signal=KILL", "haproxy"]);
      await journey.bed.host("lb-2").mustRun(["systemctl", "restart", "haproxy"]);
      await reaches(journey, id, "activate-release", "web-2", "begun");
      await journey.bed.host("lb-2").powerCut();
      await journey.bed.host("lb-2").boot();
      const deployment = await journey.ended(id);
      await other.mark("afterwards");
      await pause(2000);
      const [seen, there] = [await load.stop(), await other.stop()];

      expect(deployment.finished?.message).toMatch(serves);
      await expectNoLoss(journey, seen);
      expect(there.phases["before"]!.failed).toBeGreaterThan(0);
      expect(there.phases["afterwards"]).toMatchObject({ failed: 0 });
      expect(await trafficOn(journey)).toHaveProperty("1.share", 0);
      const [first, second] = await trafficOn(journey);
      expect(second).toEqual({ ...first, proxy: "lb-2" });
    },
  );

  it.runIf(all)(
    "a server that stays dead: the proxies bring the drained host back, and the next server drains it again",
    async () => {
      await configure(rolling, { hooks: [aMoment] });
      const { active: side } = await active(journey);
      const load = await journey.load({ perSecond, through: proxies });
      const id = await begin();
      await reaches(journey, id, "drain", "web-1", "done");
      await server.kill();
      const member = `${side}/web-1`;
      await Promise.all(proxies.map(async (proxy) => comesBackAtOnce(journey, proxy, member)));
      await load.mark("dead");
      await until("web-1 has users again", async () => {
        const { stdout } = await journey.bed
          .host("web-1")
          .rootShell(["ss", "-Htn", "state", "established", "sport = :8081"]);
        return stdout.trim() !== "";
      });
      await server.start();
      const deployment = await journey.ended(id);
      const seen = await load.stop();

      expect(deployment.finished?.message).toMatch(serves);
      await expectNoLoss(journey, seen);
      expect(await journey.log(id, "web-1")).toContain("web-1 is in rotation again");
    },
  );
});

describe.runIf(all)("kill -9 of Signalbox around the switch of a blue-green deployment", () => {
  let journey: Journey;
  let server: ServerProcess;

  beforeAll(async () => {
    const blueGreen = behindProxies({ "blue-green": { keepWarm: "1s" } }, { slots: twoSlots }, { proxies });
    journey = await aJourney(storyOf(blueGreen, { health: quick }), fleet, proxies, async (workshop) => {
      server = new ServerProcess(workshop);
      await server.start();
      return { client: server.client, close: async () => server.stop() };
    });
    expect((await journey.deploy(latest)).finished?.message).toMatch(serves);
  });
  afterAll(async () => journey?.close());

  it("everybody is switched once, and nobody notices", async () => {
    const { active: old } = await active(journey);
    await journey.workshop.repository("greeter").commit({ version: "1.1.0" });
    const load = await journey.load({ perSecond, through: proxies });
    const { id } = await journey.client.deploy(latest);
    await reaches(journey, id, "readmit", "web-1", "begun");
    await server.kill();
    await server.start();
    await reaches(journey, id, "switch-side", "@proxies", "begun");
    await server.kill();
    await pause(1000);
    await server.start();
    const deployment = await journey.ended(id);
    const seen = await load.stop();

    expect(deployment.finished?.message).toMatch(serves);
    await expectNoLoss(journey, seen);
    expect(movedBack(seen)).toEqual([]);
    expect((await trafficOn(journey)).map(({ active: side, share }) => [side, share])).toEqual([
      [otherSide(old), 0],
      [otherSide(old), 0],
    ]);
  });
});

/** Between the drain and the activation of a batch. */
const aMoment = { at: "before-activate", on: "server", run: ["sleep", "2"] };

/** As if the deadline of its drain were over: root's own timer looks. */
async function comesBackAtOnce({ bed }: Journey, proxy: string, member: string): Promise<void> {
  const host = bed.host(proxy);
  const program = "/usr/lib/signalbox/signalbox-proxy";
  await host.mustRun([program, "write", "greeter.production", `member.${member}=out`, "back-after=1"]);
  await pause(1500);
  await host.mustRun(["systemctl", "start", "signalbox-proxy-recover.service"]);
}

type Moment = "begun" | "done";

/** Returns when a step of the rollout has begun, or is done, on a host. */
async function reaches(
  { client }: Journey,
  id: string,
  kind: RolloutStep["kind"],
  host: string,
  moment: Moment,
): Promise<void> {
  let steps: readonly RolloutStep[] = [];
  await untilEvent(client, id, (event) => {
    if (event.kind === "rollout-planned") steps = event.plan.steps;
    return isAbout(event, steps, kind, host, moment);
  });
}

function isAbout(
  event: DeploymentEvent,
  steps: readonly RolloutStep[],
  kind: RolloutStep["kind"],
  host: string,
  moment: Moment,
): boolean {
  if (event.kind !== "step-started" && event.kind !== "host-done") return false;
  if (event.track !== "rollout" || steps[event.step]?.kind !== kind) return false;
  if (event.kind === "step-started") return moment === "begun" && event.hosts.includes(host);
  return moment === "done" && event.host === host && event.outcome.kind === "done";
}

/** Somebody whom a step of the rollout needs. */
function couldNotBeAsked(event: DeploymentEvent): boolean {
  if (event.kind !== "host-done" || event.track !== "rollout") return false;
  return event.outcome.kind === "unreachable" || event.outcome.kind === "unknown";
}

/** The hosts on which a step of this kind was begun so far. */
async function begun({ client }: Journey, id: string, kind: RolloutStep["kind"]): Promise<readonly string[]> {
  let steps: readonly RolloutStep[] = [];
  const hosts = new Set<string>();
  for (const { event } of await client.journal(id)) {
    if (event.kind === "rollout-planned") steps = event.plan.steps;
    if (event.kind === "step-started" && event.track === "rollout" && steps[event.step]?.kind === kind)
      for (const host of event.hosts) hosts.add(host);
  }
  return [...hosts];
}

interface Routing {
  readonly proxy: string;
  readonly active: Side;
  readonly share: number;
  readonly rotation: readonly string[];
}

/** What every proxy says. */
async function trafficOn({ client }: Journey): Promise<readonly Routing[]> {
  const [traffic] = await client.traffic({});
  expect(traffic?.problem).toBeNull();
  return traffic!.proxies.map(({ proxy, active, share, members }) => ({
    proxy,
    active,
    share,
    rotation: members.filter(({ rotation }) => rotation === "in").map(({ side, host }) => `${side}/${host}`),
  }));
}

async function active(journey: Journey): Promise<Routing> {
  const [first] = await trafficOn(journey);
  return first!;
}

/** The same on both proxies. */
function inStep(
  active: Side,
  share: number,
  { blue = [], green = [] }: Partial<Record<Side, readonly string[]>>,
): readonly Routing[] {
  const rotation = [...blue.map((host) => `blue/${host}`), ...green.map((host) => `green/${host}`)];
  return proxies.map((proxy) => ({ proxy, active, share, rotation }));
}

/** What a proxy comes back to after a restart. */
async function mapOn({ bed }: Journey, proxy: string): Promise<string> {
  return bed.host(proxy).readFile("/etc/haproxy/signalbox/greeter.production.map");
}
