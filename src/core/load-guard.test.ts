import { describe, expect, it } from "vitest";

import { aRelease, aTarget, factsOf } from "../../test/support/targets.ts";
import type { Deployment, DeploymentEvent } from "./deployment.ts";
import { fold } from "./fold.ts";
import { allowedByLoad } from "./load-guard.ts";
import type { Allowance } from "./load-guard.ts";
import type { Observation } from "./observation.ts";
import { planDigest, planPrepare, planRollout } from "./plan.ts";

const fleet = ["web-1", "web-2", "web-3", "web-4"] as const;
const begin = Date.UTC(2026, 0, 5, 9);
const seenAt = begin + 10_000;

/** What was seen when every host that is named was so busy. */
const seen = (loads: Readonly<Record<string, number>>, differences: Partial<Observation> = {}): DeploymentEvent => ({
  kind: "observed",
  from: begin,
  until: seenAt,
  complete: true,
  members: {},
  unserved: 0,
  queued: 0,
  loads,
  restarts: {},
  ...differences,
});
const everyHost = (load: number): Record<string, number> => Object.fromEntries(fleet.map((host) => [host, load]));
const override: DeploymentEvent = { kind: "overridden", by: "kim", reason: "the sale is over" };

/** A rolling deployment over four hosts that has been let in; step 0 of its rollout is the drain of web-1. */
function aRollout(load: number, ...events: readonly DeploymentEvent[]): Deployment {
  const drain = { graceSeconds: 0, deadlineSeconds: 10, longLived: "cut" } as const;
  const target = aTarget({
    hosts: fleet,
    traffic: { kind: "haproxy", proxies: ["lb-1"], name: "orders", bind: 80, drain },
    limits: { floor: 1, tolerate: 0, progressSeconds: 300, load },
  });
  const release = aRelease(42, "b");
  const prepare = planPrepare(target, { kind: "artifact", artifact: release.artifact });
  const facts = Object.fromEntries(fleet.map((host) => [host, factsOf("41-aaaaaaaaaaaa")]));
  const plan = planRollout(prepare, release, { facts, traffic: { active: "blue", share: 0, inRotation: [] } });
  const request = { kind: "deploy", service: "orders", environment: "production", by: "kim" } as const;
  const journal: DeploymentEvent[] = [
    { kind: "requested", request, prepare },
    { kind: "rollout-planned", release, plan, digest: planDigest(plan) },
    { kind: "admitted", epoch: 7 },
    ...events,
  ];
  return fold(
    "01j0",
    journal.map((event, index) => ({ sequence: index + 1, at: begin, event })),
  );
}

const drained = (host: string): readonly DeploymentEvent[] => [
  { kind: "step-started", track: "rollout", step: 0, hosts: [host], attempt: 1 },
  { kind: "host-done", track: "rollout", step: 0, host, attempt: 1, outcome: { kind: "done", changed: true } },
];

describe("the capacity guard, with four hosts that are 70 % busy", () => {
  it("lets the first one leave below a limit of 95 %, and not the second while the first is out", () => {
    const first = aRollout(0.95, seen(everyHost(0.7)));
    expect(leaving(first, ["web-1"], seenAt)).toEqual({ kind: "go", hosts: ["web-1"] });

    // What the first one did, the others do now.
    const others = { "web-1": 0.05, "web-2": 0.93, "web-3": 0.93, "web-4": 0.93 };
    const second = aRollout(0.95, seen(everyHost(0.7)), ...drained("web-1"), seen(others));
    expect(leaving(second, ["web-2"], seenAt)).toEqual({
      kind: "hold",
      reason: "3 host(s) are 93 % busy on average; those that carry it then would be 140 %, and the limit is 95 %",
    });
  });

  it("refuses the second one by what was seen before the first had left, too", () => {
    const second = aRollout(0.95, seen(everyHost(0.7)), ...drained("web-1"));
    expect(leaving(second, ["web-2"], seenAt)).toMatchObject({ kind: "hold" });
  });

  it("lets one of two leave that want to at once", () => {
    const both = aRollout(0.95, seen(everyHost(0.7)));
    expect(leaving(both, ["web-1", "web-2"], seenAt)).toEqual({ kind: "go", hosts: ["web-1"] });
  });

  it("lets none leave at the usual limit of 75 %", () => {
    expect(leaving(aRollout(0.75, seen(everyHost(0.7))), ["web-1"], seenAt)).toEqual({
      kind: "hold",
      reason: "4 host(s) are 70 % busy on average; those that carry it then would be 93 %, and the limit is 75 %",
    });
  });

  it("holds nobody up once it is set aside, and with a limit of 100 %", () => {
    const all = { kind: "go", hosts: ["web-1"] };
    expect(leaving(aRollout(0.75, seen(everyHost(0.7)), override), ["web-1"], seenAt)).toEqual(all);
    expect(leaving(aRollout(1, seen(everyHost(0.7))), ["web-1"], seenAt)).toEqual(all);
  });
});

/** Hosts that want to leave the rotation. */
function leaving(deployment: Deployment, hosts: readonly string[], now: number): Allowance {
  return allowedByLoad(deployment, { kind: "drain", hosts, side: "blue" }, hosts, now);
}

describe("the capacity guard", () => {
  it("reckons with the busiest moment that was seen, up to a quarter more than now", () => {
    const quieter = [seen(everyHost(0.6)), seen(everyHost(0.5))] as const;
    expect(leaving(aRollout(0.75, quieter[1]), ["web-1"], seenAt)).toMatchObject({ kind: "go" });
    expect(leaving(aRollout(0.75, ...quieter), ["web-1"], seenAt)).toMatchObject({ kind: "hold" });

    const afterAPeak = aRollout(0.75, seen(everyHost(1)), seen(everyHost(0.44)));
    expect(leaving(afterAPeak, ["web-1"], seenAt)).toMatchObject({ kind: "go" });
  });

  it("lets nobody leave while requests wait at the proxy, however idle the hosts are", () => {
    const waiting = aRollout(0.75, seen(everyHost(0.1), { queued: 3 }));
    expect(leaving(waiting, ["web-1"], seenAt)).toEqual({
      kind: "hold",
      reason: "3 request(s) wait at the proxy already, so no host may leave now",
    });
  });

  it("takes a host that does not answer to be as busy as the others", () => {
    const { "web-4": _, ...three } = everyHost(0.7);
    expect(leaving(aRollout(0.75, seen(three)), ["web-1"], seenAt)).toMatchObject({ kind: "hold" });
  });

  it("waits for the first sample, and goes on in the end without one, saying so", () => {
    const unseen = aRollout(0.75);
    expect(leaving(unseen, ["web-1"], begin + 29_000)).toEqual({ kind: "look" });
    expect(leaving(unseen, ["web-1"], begin + 31_000)).toMatchObject({ kind: "go", hosts: ["web-1"] });
    expect(leaving(unseen, ["web-1"], begin + 31_000)).toHaveProperty("without");
  });

  it("waits longer for a load that was known once, as after a restart of the server", () => {
    const old = aRollout(0.75, seen(everyHost(0.7)));
    expect(leaving(old, ["web-1"], seenAt + 61_000)).toEqual({ kind: "look" });
    expect(leaving(old, ["web-1"], begin + 3_600_000)).toMatchObject({ kind: "hold" });
  });
});
