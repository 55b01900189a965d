/** A drain and a witness in front of a real proxy, with users. */
import http from "node:http";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { proxiedService } from "../adapters/traffic/proxied-service.contract.ts";
import type { ProxiedService } from "../adapters/traffic/proxied-service.contract.ts";
import { systemClock } from "../adapters/clock/system.ts";
import { httpProber } from "../adapters/prober/http.ts";
import { SshHosts } from "../adapters/hosts/ssh/ssh-hosts.ts";
import type { DeploymentEvent } from "../core/deployment.ts";
import type { Observation } from "../core/observation.ts";
import type { Target } from "../core/service.ts";
import type { Journal } from "../deployments/journal.ts";
import { startWitness } from "../deployments/witness.ts";
import type { World } from "../deployments/world.ts";
import { eventually } from "../../test/support/eventually.ts";
import { cleanHosts, sharedHosts } from "../../test/support/shared-hosts.ts";
import { aStep } from "../../test/support/step-context.ts";
import { drain } from "./drain.ts";
import { readmit } from "./readmit.ts";
import type { StepContext } from "./step.ts";

const testbed = sharedHosts();
let service: ProxiedService;
let hosts: SshHosts;

beforeAll(async () => {
  await cleanHosts();
  service = await proxiedService(testbed, "haproxy");
  hosts = new SshHosts({
    find: (name) => {
      const facts = testbed.facts.hosts.find((host) => host.name === name);
      return facts && { ...facts, hostKeys: [facts.hostKey] };
    },
  });
  const all = { "blue/web-1": "in", "blue/web-2": "in" } as const;
  await service.traffic.change(service.target, { active: "blue", share: 0, members: all });
});

afterAll(async () => {
  await hosts.close();
  await service.stop();
  await cleanHosts();
});

function real(): StepContext {
  const { context } = aStep();
  const ports = { ...context.ports, hosts, clock: systemClock, traffic: service.traffic };
  return { ...context, target: service.target, ports };
}

/** Users over kept connections, until they are stopped: how many were served, and how many not. */
function users(count: number): { readonly stop: () => Promise<{ readonly served: number; readonly failed: number }> } {
  const agent = new http.Agent({ keepAlive: true, maxSockets: count });
  const seen = { served: 0, failed: 0 };
  const over = new AbortController();
  const ask = async (index: number): Promise<void> => {
    while (!over.signal.aborted) {
      const front = service.fronts[index % service.fronts.length]!;
      const status = await new Promise<number>((resolve) => {
        const request = http.get(`${front}/`, { agent }, (response) => {
          response.resume().on("end", () => resolve(response.statusCode ?? 0));
        });
        request.on("error", () => resolve(0));
      });
      if (status === 200) seen.served += 1;
      else seen.failed += 1;
      await systemClock.sleep(5);
    }
  };
  const all = Array.from({ length: count }, (_, index) => ask(index));
  return {
    stop: async () => {
      over.abort();
      await Promise.all(all);
      agent.destroy();
      return seen;
    },
  };
}

const slow = (milliseconds: number): Promise<number> =>
  fetch(`${service.fronts[0]}/slow?ms=${milliseconds}`).then(({ status }) => status);

describe("a drain behind a real proxy", () => {
  const step = { kind: "drain", hosts: ["web-1"], side: "blue" } as const;

  it("loses no request, ends with nothing in flight, and can be undone", async () => {
    const crowd = users(8);
    const requests = Array.from({ length: 6 }, () => slow(2_500));
    await systemClock.sleep(300);
    const context = real();
    const outcome = await drain.perform(step, context);
    expect(outcome).toMatchObject({ kind: "done", changed: true, note: expect.stringMatching(/^drained in \d/) });
    const states = await service.traffic.states(service.target);
    expect(states.map(({ members }) => members["blue/web-1"])).toMatchObject([
      { rotation: "out", inFlight: 0 },
      { rotation: "out", inFlight: 0 },
    ]);

    expect(await drain.perform(step, context)).toMatchObject({ kind: "done", changed: false });
    const back = { kind: "readmit", hosts: ["web-1"], side: "blue" } as const;
    expect(await readmit.perform(back, context)).toMatchObject({ kind: "done", changed: true });
    expect(await Promise.all(requests)).toEqual([200, 200, 200, 200, 200, 200]);
    expect((await crowd.stop()).failed).toBe(0);
  });

  it("fails at its deadline, and leaves the host in rotation", async () => {
    const context = real();
    const traffic = { ...service.target.traffic, drain: { graceSeconds: 0, deadlineSeconds: 1, longLived: "wait" } };
    const requests = Array.from({ length: 6 }, () => slow(4_000));
    await systemClock.sleep(300);
    expect(
      await drain.perform(step, { ...context, target: { ...context.target, traffic: traffic as Target["traffic"] } }),
    ).toMatchObject({
      kind: "failed",
      message: expect.stringMatching(
        /^\d requests? (is|are) still in flight on web-1 after 1 s; it was put back into rotation$/,
      ),
    });
    const [state] = await service.traffic.states(service.target);
    expect(state!.members["blue/web-1"]!.rotation).toBe("in");
    expect(await Promise.all(requests)).toEqual([200, 200, 200, 200, 200, 200]);
  });
});

describe("a witness of real hosts", () => {
  it("sees the users' requests, what fails, how busy hosts are, and the service from outside", async () => {
    const seen: Observation[] = [];
    const probe = { url: `${service.fronts[0]}/`, perSecond: 5 };
    const target = { ...service.target, traffic: { ...service.target.traffic, probe } as Target["traffic"] };
    const journal = {
      deployment: { id: "d", state: "running", prepare: { target } },
      note: async (event: DeploymentEvent) => void (event.kind === "observed" && seen.push(event)),
    } as unknown as Journal;
    const world = { clock: systemClock, hosts, traffic: service.traffic, prober: httpProber, observeSeconds: 2 };
    const witness = startWitness(journal, world as unknown as World, new AbortController().signal);
    const crowd = users(4);
    // A feed needs a moment until it is open; nobody takes what came before for the whole.
    await eventually(async () => (seen.at(-1)?.complete === true ? true : undefined));
    await witness.cut();
    const first = seen.length;
    const failing = await Promise.all(
      Array.from({ length: 5 }, () => fetch(`${service.fronts[1]}/status?code=503`).then(({ status }) => status)),
    );
    expect(failing).toEqual([503, 503, 503, 503, 503]);
    await systemClock.sleep(4_000);
    await crowd.stop();
    await systemClock.sleep(500);
    await witness.stop();

    const later = seen.slice(first);
    const sum = (of: (one: Observation) => number): number => later.reduce((total, one) => total + of(one), 0);
    const counts = (one: Observation) => Object.values(one.members);
    expect(later.every(({ complete }) => complete)).toBe(true);
    expect(sum((one) => counts(one).reduce((total, { errors }) => total + errors, 0))).toBe(5);
    expect(sum((one) => counts(one).reduce((total, { requests }) => total + requests, 0))).toBeGreaterThan(50);
    expect(sum(({ prober }) => prober?.sent ?? 0)).toBeGreaterThan(10);
    expect(sum(({ prober }) => prober?.failed ?? 0)).toBe(0);
    expect(Object.keys(later.at(-1)!.loads)).toEqual(["web-1", "web-2"]);
    expect(later.at(-1)!.restarts).toEqual({ "web-1/blue": 0, "web-1/green": 0, "web-2/blue": 0, "web-2/green": 0 });
  });

  it("asks both sides through the proxy while there is a share, and does not count that among the users' requests", async () => {
    const all = { "green/web-1": "in", "green/web-2": "in" } as const;
    await service.traffic.change(service.target, { share: 100, members: all });
    const seen: Observation[] = [];
    const rules = { ...service.target.analysis, synthetic: { paths: ["/", "/status?code=404"], perSecond: 5 } };
    const target = { ...service.target, analysis: rules };
    const journal = {
      deployment: { id: "d", state: "running", prepare: { target } },
      note: async (event: DeploymentEvent) => void (event.kind === "observed" && seen.push(event)),
    } as unknown as Journal;
    const world = { clock: systemClock, hosts, traffic: service.traffic, observeSeconds: 2 };
    const witness = startWitness(journal, world as unknown as World, new AbortController().signal);
    const { candidate, baseline } = await eventually(async () => seen.find((one) => one.synthetic)?.synthetic);
    await witness.stop();
    await service.traffic.change(service.target, { share: 0 });

    expect([candidate.requests, baseline.requests]).toEqual([10, 10]);
    expect([candidate.errors, baseline.errors]).toEqual([0, 0]);
    expect(candidate.buckets.reduce((sum, one) => sum + one, 0)).toBe(10);
    expect(seen.map(({ members }) => Object.keys(members))).toEqual(seen.map(() => []));
  });
});
