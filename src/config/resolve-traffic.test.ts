import { describe, expect, it } from "vitest";

import type { Target } from "../core/service.ts";
import { loadConfiguration } from "./load.ts";
import { resolveTarget } from "./resolve.ts";

function target(placement: string, { service = "port: 80, health: { http: /healthz }", lb = "" } = {}): Target {
  const { configuration, problems } = loadConfiguration(`hosts:
  web-1: { address: 10.0.0.1 }
  web-2: { address: 10.0.0.2 }
  lb-1: { address: 10.0.0.5${lb} }
  lb-2: { address: "fe80::6" }
services:
  orders: { unit: { exec: [a] }, ${service} }
environments:
  stage:
    traffic: { command: { run: [lb] } }
    services:
      orders: { hosts: [web-1, web-2], ${placement} }
`);
  if (configuration === undefined) throw new Error(JSON.stringify(problems));
  return resolveTarget(configuration, "orders", "stage");
}

const drain = { graceSeconds: 0, deadlineSeconds: 60, longLived: "wait" };

describe("the traffic of a target", () => {
  it.each([
    ["traffic: none", { kind: "none" }],
    ["", { kind: "command", run: ["lb"], limitSeconds: 30, shares: false, drain }],
    [
      "traffic: { command: { run: [lb, -x], within: 1m, shares: true }, probe: { url: http://a.example.com/ } }",
      {
        kind: "command",
        run: ["lb", "-x"],
        limitSeconds: 60,
        shares: true,
        drain,
        probe: { url: "http://a.example.com/", perSecond: 5 },
      },
    ],
    [
      "traffic: { health: { drain: /d, readmit: /r, detect: 6s }, drain: { grace: 0s, within: 2m, longLived: cut } }",
      {
        kind: "health",
        drainPath: "/d",
        readmitPath: "/r",
        detectSeconds: 6,
        drain: { graceSeconds: 0, deadlineSeconds: 120, longLived: "cut" },
      },
    ],
    [
      "traffic: { haproxy: { hosts: [lb-1, lb-2], bind: 8080 } }",
      {
        kind: "haproxy",
        proxies: ["lb-1", "lb-2"],
        name: "orders",
        bind: 8080,
        drain,
        probe: { url: "http://10.0.0.5:8080/healthz", perSecond: 5 },
      },
    ],
    [
      "traffic: { nginx: { hosts: [lb-2], bind: 8080, name: shop, testers: x-canary }, warmUp: { path: /warm } }",
      {
        kind: "nginx",
        proxies: ["lb-2"],
        name: "shop",
        bind: 8080,
        testers: "x-canary",
        drain,
        warmUp: { path: "/warm", requests: 20 },
        probe: { url: "http://[fe80::6]:8080/healthz", perSecond: 5 },
      },
    ],
    [
      'traffic: { haproxy: { hosts: [lb-1], bind: 80 }, probe: { url: "https://a.example.com:8443/x", perSecond: 10 }, warmUp: { path: /, requests: 3 } }',
      {
        kind: "haproxy",
        proxies: ["lb-1"],
        name: "orders",
        bind: 80,
        drain,
        warmUp: { path: "/", requests: 3 },
        probe: { url: "https://a.example.com:8443/x", perSecond: 10 },
      },
    ],
  ])("of { %s } has every default filled in", (placement, traffic) => {
    expect(target(placement).traffic).toEqual(traffic);
  });

  it.each([
    ["nobody wants it", "probe: none", {}],
    ["the health check is not HTTP", "", { service: "port: 80, health: tcp" }],
    ["the server can't reach the proxy directly", "", { lb: ", jump: web-1" }],
  ])("is not asked from outside where %s", (_why, probe, more) => {
    const { traffic } = target(`traffic: { haproxy: { hosts: [lb-1], bind: 8080 }, ${probe} }`, more);
    expect(traffic.kind).toBe("haproxy");
    expect("probe" in traffic).toBe(false);
  });
});

const haproxy = "traffic: { haproxy: { hosts: [lb-1], bind: 8080 } }";
const slots = "slots: { blue: 8081, green: 8082 }";

describe("a target with slots", () => {
  it("has a port for each, and none beside them", () => {
    const { slots: own, port, health } = target(`${haproxy}, ${slots}`, { service: "port: 80" });
    expect(own).toEqual({ ports: { blue: 8081, green: 8082 }, variable: "PORT" });
    expect(port).toBeUndefined();
    expect(health.kind).toBe("tcp");
    expect(target(`${haproxy}, slots: { blue: 1, green: 2, variable: HTTP_PORT }`).slots?.variable).toBe("HTTP_PORT");
  });
});

describe("a strategy with traffic", () => {
  it.each([
    [`${slots}, strategy: blue-green`, { kind: "blue-green", options: { keepWarmSeconds: 1_800 } }, 1],
    [
      "strategy: { blue-green: { green: [web-2], keepWarm: 0s } }",
      { kind: "blue-green", options: { green: ["web-2"], keepWarmSeconds: 0 } },
      1,
    ],
    [
      "strategy: { canary: { weights: [0.5, 10], soak: 1m, longestSoak: 2m, keepWarm: 1h } }",
      {
        kind: "canary",
        options: { weights: [0.5, 10], soakSeconds: 60, longestSoakSeconds: 120, keepWarmSeconds: 3_600 },
      },
      1,
    ],
    [`${slots}, strategy: canary, limits: { tolerate: 1 }`, expect.objectContaining({ kind: "canary" }), 0],
  ])("%s has its options and a floor", (placement, strategy, floor) => {
    const resolved = target(`${haproxy}, ${placement}`);
    expect(resolved.strategy).toEqual(strategy);
    expect(resolved.limits.floor).toBe(floor);
  });
});

describe("the analysis of a target", () => {
  it("has what is asked besides the requests", () => {
    const { analysis } = target(
      "analysis: { falseAlarm: 0.1%, acceptedErrors: 0%, quick: 2s, command: { run: [ok] }, synthetic: { paths: [/healthz] } }",
    );
    expect(analysis).toEqual({
      falseAlarm: 0.001,
      minimumRequests: 300,
      acceptedErrors: 0,
      quickMilliseconds: 2_000,
      command: { run: ["ok"], everySeconds: 30 },
      synthetic: { paths: ["/healthz"], perSecond: 5 },
    });
  });
});
