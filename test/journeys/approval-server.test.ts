import { setTimeout } from "node:timers/promises";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { ApprovalView } from "../../src/api/approval-views.ts";
import type { Deployment } from "../../src/core/deployment.ts";
import { greeter } from "../../testbed/workshop.ts";
import { staffedServer, type StaffedServer } from "../support/approval-journey.ts";
import { aJourney } from "../support/journey.ts";
import type { Journey } from "../support/journey.ts";

const hosts = ["web-1", "web-2"];
const production = (approval: object) => ({
  environments: {
    production: {
      approval,
      watch: { for: "0s" },
      services: { greeter: { hosts, strategy: { rolling: { batch: 1 } } } },
    },
  },
});
const latest = { service: "greeter", environment: "production", origin: { kind: "revision" } } as const;
const oneOfTwo = { rule: "1 of (kim, lee)" };

describe("a deployment that people approve", () => {
  let journey: Journey;
  let server: StaffedServer;

  beforeAll(async () => {
    journey = await aJourney({ services: [greeter()], ...production(oneOfTwo) }, hosts, [], async (workshop) => {
      server = await staffedServer(workshop);
      return server;
    });
  });
  afterAll(async () => journey?.close());

  async function asked(version: string): Promise<string> {
    await journey.workshop.repository("greeter").commit({ version });
    const { id } = await server.as("dev").deploy(latest);
    await inState(id, "awaiting-approval");
    return id;
  }

  async function inState(id: string, state: string): Promise<void> {
    await until(async () => (await server.client.deployment(id)).state === state);
  }

  const requestOf = async (id: string): Promise<ApprovalView> => server.client.approvals.find(id);
  const versions = async (): Promise<readonly string[]> =>
    Promise.all(hosts.map(async (host) => journey.version(host)));
  const kinds = async (id: string): Promise<readonly string[]> =>
    (await server.client.journal(id)).map(({ event }) => event.kind);

  it("is uploaded while people think, and goes on by itself when one approves", async () => {
    const id = await asked("1.0.0");
    const { stdout } = await journey.bed.host("web-1").rootShell(["ls", "/srv/greeter/releases"]);
    expect(stdout).toContain("1-");
    expect(await versions()).toEqual(["", ""]);
    const { digest } = await requestOf(id);
    await server.as("kim").approvals.approve(id, { digest });
    const deployment = await journey.ended(id);
    expect(deployment.state).toBe("succeeded");
    expect(await versions()).toEqual(["1 1.0.0", "1 1.0.0"]);
    expect(preparedBefore(deployment)).toBe(true);
  });

  it("changes nothing when it is rejected, and says why", async () => {
    const id = await asked("1.1.0");
    const { digest } = await requestOf(id);
    await server.as("lee").approvals.reject(id, { digest, reason: "not on a Friday" });
    const { state, finished } = await journey.ended(id);
    expect([state, finished?.message]).toEqual(["rejected", "rejected by lee: not on a Friday"]);
    expect(await versions()).toEqual(["1 1.0.0", "1 1.0.0"]);
  });

  it("has one end when two decide at once", async () => {
    const id = await asked("1.2.0");
    const { digest } = await requestOf(id);
    const results = await Promise.allSettled([
      server.as("kim").approvals.approve(id, { digest }),
      server.as("lee").approvals.reject(id, { digest, reason: "no" }),
    ]);
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const { state } = await journey.ended(id);
    expect(state).toBe(results[0]!.status === "fulfilled" ? "succeeded" : "rejected");
  });

  it("is asked about again when its plan changes after an approval, and the old one opens nothing", async () => {
    await journey.reconfigure(production({ rule: "2 of (kim, lee, moon)" }));
    const good = await deployedByTwo("1.3.0");
    const id = await asked("1.4.0");
    const before = await requestOf(id);
    await server.as("kim").approvals.approve(id, { digest: before.digest });
    const back = await server.as("dev").rollBack({ service: "greeter", environment: "production" });
    expect((await journey.ended(back.id)).state).toBe("succeeded");
    await until(async () => (await requestOf(id)).id !== before.id);
    const after = await requestOf(id);
    await expect(server.as("lee").approvals.approve(id, { digest: before.digest })).rejects.toThrow("about plan");
    for (const who of ["kim", "lee"] as const) await server.as(who).approvals.approve(id, { digest: after.digest });
    expect((await journey.ended(id)).state).toBe("succeeded");
    expect(good.state).toBe("succeeded");
    expect((await kinds(id)).filter((kind) => kind === "approval-asked")).toHaveLength(2);
  });

  it("is decided by others when nobody answers, and expires without any answer", async () => {
    const escalate = [{ after: "2s", to: "moon" }];
    await journey.reconfigure(production({ rule: "kim", within: "10s", escalate, remind: [] }));
    const id = await asked("1.5.0");
    const serving = await versions();
    await until(async () => (await server.as("moon").approvals.list({ mine: true })).length === 1);
    const { state } = await journey.ended(id);
    expect(state).toBe("expired");
    expect(await versions()).toEqual(serving);
  });

  it("expires also when the server is down at its deadline, and nothing was changed", async () => {
    const id = await asked("1.6.0");
    const serving = await versions();
    const { deadline, digest } = await requestOf(id);
    await server.process.kill();
    await setTimeout(Math.max(0, deadline - Date.now()) + 500);
    await server.process.start();
    const { state } = await journey.ended(id);
    expect(state).toBe("expired");
    expect(await versions()).toEqual(serving);
    await expect(server.as("kim").approvals.approve(id, { digest })).rejects.toThrow("deadline");
  });

  async function deployedByTwo(version: string): Promise<Deployment> {
    const id = await asked(version);
    const { digest } = await requestOf(id);
    for (const who of ["kim", "lee"] as const) await server.as(who).approvals.approve(id, { digest });
    return journey.ended(id);
  }
});

/** Everything that can be done before the decision was done before it. */
function preparedBefore({ progress, admittedAt = 0 }: Deployment): boolean {
  const ends = [...progress.prepare.values()].flatMap((step) => [...step.values()].map(({ endedAt = 0 }) => endedAt));
  return Math.max(...ends) < admittedAt;
}

async function until(look: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 60_000; !(await look());) {
    if (Date.now() > end) throw new Error("it did not come in a minute");
    await setTimeout(100);
  }
}
