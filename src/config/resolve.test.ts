import { describe, expect, it } from "vitest";

import { refusesLocal } from "../core/policy.ts";
import type { Target } from "../core/service.ts";
import { publicKey, small, wholeExample } from "./examples.fixture.ts";
import { loadConfiguration } from "./load.ts";
import type { Configuration } from "./load.ts";
import { ConfigurationError } from "./problems.ts";
import { groundOf, placesOfServices, policyOf, resolveTarget } from "./resolve.ts";
import { settingsOf } from "./settings.ts";

function loaded(text: string): Configuration {
  const { configuration, problems } = loadConfiguration(text);
  if (configuration === undefined) throw new Error(JSON.stringify(problems));
  return configuration;
}

const target = (text: string): Target => resolveTarget(loaded(text), "orders", "production");

const refusal = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    if (error instanceof ConfigurationError)
      return error.problems.map(({ code, message }) => `${code} ${message}`).join("\n");
  }
  return "nothing";
};

const shares = "traffic: { command: { run: [a], shares: true } }";

describe("a target", () => {
  it("has every default filled in", () => {
    expect(target(small())).toEqual({
      service: "orders",
      environment: "production",
      hosts: ["web-1"],
      zones: {},
      root: "/srv/orders",
      slot: "main",
      runtime: [],
      unit: {
        description: "orders",
        exec: ["node", "server.mjs"],
        user: "orders",
        type: "exec",
        restart: "on-failure",
        restartSeconds: 2,
        stopWithinSeconds: 30,
        successExitStatus: [143],
      },
      health: { kind: "active", withinSeconds: 90, successes: 1, stableSeconds: 30 },
      variables: {},
      directories: [],
      hooks: [],
      strategy: { kind: "recreate", options: {} },
      limits: { floor: 0, tolerate: 0, progressSeconds: 600, load: 0.75 },
      singleton: false,
      keepReleases: 5,
      traffic: { kind: "none" },
      analysis: { falseAlarm: 0.01, minimumRequests: 300, acceptedErrors: 0.01, quickMilliseconds: 20 },
      smoke: [],
      watchSeconds: 900,
      onWatchFailure: "roll-back",
    });
  });

  it("has everything that the file says", () => {
    const text = `hosts:
  web-1: { address: 10.0.0.1, zone: a, hostKey: ["${publicKey} kim@laptop"] }
  web-2: { address: 10.0.0.2, zone: b }
services:
  orders:
    source: { git: /srv/git/orders.git, branch: trunk, submodules: true, askpass: /etc/signalbox/askpass, identityFile: ~/.ssh/id, hostKeys: "${publicKey}" }
    runtime: { java: ">=21 <22", command: [ruby, --version], version: ">=3" }
    build: { on: web-2, run: [[make], [make, dist]], artifact: dist, directory: sub, environment: { CI: "true" }, within: 1h30m }
    unit: { exec: [java, -jar, a.jar], description: Orders, type: notify, restart: always, restartAfter: 0s, stopWithin: 1m, successExitStatus: [], memoryMax: 512M, openFiles: 4096 }
    user: shop
    port: 8080
    health: { http: /healthz, within: 2m, successes: 5, stable: 0s, version: /version }
    environment: { A: service, B: service }
    directories: [/var/log/orders]
    root: /opt/orders
    keepReleases: 3
    adopts: legacy-orders
    smoke: [{ path: /orders/1, contains: id }, { path: /orders/none, status: 404 }]
    migration: { id: 2026-11-email, kind: contract, backup: [dump], run: [migrate], on: server, within: 20m }
    hooks:
      - { at: before-build, run: [a] }
      - { at: before-rollout, run: [a], within: 1m }
      - { at: after-activate, run: [a] }
      - { at: after-rollout, on: web-2, run: [a] }
environments:
  production:
    watch: { for: 30m, onFailure: report }
    analysis: { falseAlarm: 5%, minimumRequests: 500 }
    strategy: { rolling: { batch: 50%, soak: 1m } }
    environment: { B: environment, C: environment }
    limits: { tolerate: 1 }
    services:
      orders:
        hosts: [web-1, web-2]
        environment: { C: placement }
        limits: { progress: 5m, load: 60% }
        analysis: { minimumRequests: 50, quick: 1500ms }
        unit: { memoryMax: 2G }
`;
    expect(target(text)).toEqual({
      service: "orders",
      environment: "production",
      hosts: ["web-1", "web-2"],
      zones: { "web-1": "a", "web-2": "b" },
      root: "/opt/orders",
      slot: "main",
      source: {
        git: "/srv/git/orders.git",
        branch: "trunk",
        submodules: true,
        askpass: "/etc/signalbox/askpass",
        identityFile: "~/.ssh/id",
        hostKeys: [publicKey],
      },
      runtime: [
        { kind: "java", range: ">=21 <22" },
        { kind: "command", argv: ["ruby", "--version"], range: ">=3" },
      ],
      build: {
        on: "web-2",
        run: [["make"], ["make", "dist"]],
        artifact: "dist",
        directory: "sub",
        variables: { CI: "true" },
        limitSeconds: 5_400,
      },
      unit: {
        description: "Orders",
        exec: ["java", "-jar", "a.jar"],
        user: "shop",
        type: "notify",
        restart: "always",
        restartSeconds: 0,
        stopWithinSeconds: 60,
        successExitStatus: [],
        memoryMax: "2G",
        openFiles: 4_096,
      },
      port: 8080,
      health: {
        kind: "http",
        path: "/healthz",
        withinSeconds: 120,
        successes: 5,
        stableSeconds: 0,
        versionPath: "/version",
      },
      variables: { A: "service", B: "environment", C: "placement" },
      directories: ["/var/log/orders"],
      hooks: [
        { at: "before-build", on: "server", run: ["a"], limitSeconds: 300 },
        { at: "before-rollout", on: "first-host", run: ["a"], limitSeconds: 60 },
        { at: "after-activate", on: "every-host", run: ["a"], limitSeconds: 300 },
        { at: "after-rollout", on: "web-2", run: ["a"], limitSeconds: 300 },
      ],
      strategy: { kind: "rolling", options: { batch: "50%", soakSeconds: 60 } },
      limits: { floor: 0, tolerate: 1, progressSeconds: 300, load: 0.6 },
      singleton: false,
      keepReleases: 3,
      traffic: { kind: "none" },
      analysis: { falseAlarm: 0.05, minimumRequests: 50, acceptedErrors: 0.01, quickMilliseconds: 1_500 },
      smoke: [
        { path: "/orders/1", status: 200, contains: "id" },
        { path: "/orders/none", status: 404 },
      ],
      migration: {
        id: "2026-11-email",
        kind: "contract",
        backup: ["dump"],
        run: ["migrate"],
        on: "server",
        limitSeconds: 1_200,
      },
      watchSeconds: 1_800,
      onWatchFailure: "report",
      adopts: "legacy-orders.service",
    });
    expect(loaded(text).fleet.get("web-1")!.hostKeys).toEqual([publicKey]);
  });

  it.each([
    ["hosts: [web-1]", "recreate", 0],
    ["hosts: [web-1, web-2]", "rolling", 1],
    ["hosts: [web-1, web-2, web-3]", "rolling", 2],
    ["hosts: [web-1, web-2, web-3], strategy: { rolling: { batch: 2 } }", "rolling", 1],
    ["hosts: [web-1, web-2, web-3], strategy: { rolling: { batch: 9 } }", "rolling", 1],
    ["hosts: [web-1, web-2, web-3], strategy: { rolling: { batch: 100% } }", "rolling", 1],
    ["hosts: [web-1, web-2, web-3], limits: { tolerate: 1 }", "rolling", 1],
    ["hosts: [web-1, web-2, web-3], limits: { tolerate: 2 }", "rolling", 0],
    ["hosts: [web-1, web-2, web-3], strategy: { rolling: { batch: 2 } }, limits: { tolerate: 1 }", "rolling", 1],
    ["hosts: [web-1, web-2], limits: { tolerate: 1 }", "rolling", 0],
    ["hosts: [web-1, web-2, web-3], strategy: { rolling: { batch: 2 } }, limits: { floor: 0 }", "rolling", 0],
    ["hosts: [web-1], strategy: rolling", "rolling", 0],
    ["hosts: [web-1, web-2, web-3], strategy: recreate", "recreate", 0],
    ["hosts: [web-1, web-2, web-3], strategy: canary", "canary", 2],
    [`hosts: [web-1], slots: { blue: 1, green: 2 }, ${shares}`, "rolling", 0],
    [`hosts: [web-1, web-2, web-3], ${shares}, strategy: { blue-green: { green: [web-3] } }`, "blue-green", 1],
    [`hosts: [web-1, web-2, web-3], slots: { blue: 1, green: 2 }, ${shares}, strategy: blue-green`, "blue-green", 2],
    ["hosts: [web-1, web-2, web-3], strategy: canary, limits: { tolerate: 1 }", "canary", 1],
  ])("with %s is %s with a floor of %i", (placement, kind, floor) => {
    const { strategy, limits } = target(small({ placement }));
    expect([strategy.kind, limits.floor]).toEqual([kind, floor]);
  });

  it.each([
    ["port: 80", { kind: "tcp", withinSeconds: 60, successes: 3, stableSeconds: 10 }],
    ["port: 80, health: tcp", { kind: "tcp", withinSeconds: 60, successes: 3, stableSeconds: 10 }],
    [
      "health: { command: [check] }",
      { kind: "command", argv: ["check"], withinSeconds: 60, successes: 3, stableSeconds: 10 },
    ],
    ["health: { active-for: 1m }", { kind: "active", withinSeconds: 120, successes: 1, stableSeconds: 60 }],
    ["health: { active-for: 1m, within: 5m }", { kind: "active", withinSeconds: 300, successes: 1, stableSeconds: 60 }],
  ])("with %s is healthy when that says so", (service, health) => {
    expect(target(small({ service: `unit: { exec: [a] }, ${service}` })).health).toEqual(health);
  });

  it.each([
    ["unit: { exec: [a] }", "", "orders"],
    ["unit: { exec: [a] }, user: shop", "", "shop"],
    ["unit: { exec: [a], user: shop }", "", "shop"],
    ["unit: { exec: [a], user: shop }", "user: other", "other"],
  ])("of { %s } in { %s } runs as %s", (service, environment, user) => {
    expect(target(small({ service, environment })).unit.user).toBe(user);
  });

  it("takes one argument list for a build, or several", () => {
    const runs = ["[make, all]", "[[make, all]]"].map((run) => {
      return target(small({ service: `unit: { exec: [a] }, build: { run: ${run}, artifact: x }` })).build!.run;
    });
    expect(runs).toEqual([[["make", "all"]], [["make", "all"]]]);
  });
});

describe("what can't be deployed", () => {
  const configuration = loaded(wholeExample);

  it.each([
    ["ordres", "production", "SB-CONFIG-SERVICE There is no service ordres."],
    ["orders", "prod", "SB-CONFIG-ENVIRONMENT There is no environment prod."],
  ])("%s in %s is refused with the reason", (service, environment, reason) => {
    expect(refusal(() => resolveTarget(configuration, service, environment))).toBe(reason);
  });

  it.each([
    ["", "SB-CONFIG-INCOMPLETE orders has no unit.exec: nothing says how it is started."],
    [
      "unit: { exec: [a] }, build: { run: [make] }",
      "SB-CONFIG-INCOMPLETE orders is built, but nothing says what is deployed then.",
    ],
  ])("{ %s } is refused with the reason", (service, reason) => {
    expect(refusal(() => target(small({ service })))).toBe(reason);
  });

  it("is told with its place in the file", () => {
    const place = expect.objectContaining({ file: "signalbox.yml" });
    expect(() => target(small({ service: "user: shop" }))).toThrow(
      expect.objectContaining({ problems: [expect.objectContaining({ place })] }),
    );
  });

  it("is a service that has no place there", () => {
    const text = `${small()}  dev: { services: {} }\n`;
    expect(refusal(() => resolveTarget(loaded(text), "orders", "dev"))).toBe(
      "SB-CONFIG-SERVICE orders has no place in dev.",
    );
  });
});

describe("what a service takes up on its hosts", () => {
  it("is known before its service file is", () => {
    const text = small({ service: 'port: 80, adopts: old, environment: { A: "${secret:B}" }' });
    expect(groundOf(loaded(text), "orders", "production")).toEqual({
      hosts: ["web-1"],
      root: "/srv/orders",
      slot: "main",
      strategy: { kind: "recreate", options: {} },
      user: "orders",
      port: 80,
      directories: [],
      adopts: "old.service",
    });
    const settings = settingsOf(() => loaded(text));
    expect(settings.targets()).toEqual([{ service: "orders", environment: "production", hosts: ["web-1"] }]);
    expect(settings.allowances("web-1").get("orders")).toContain("user=orders");
    expect(() => settings.target("orders", "production")).toThrow("SB-CONFIG-INCOMPLETE");
    expect(() => settings.target("ordres", "production")).toThrow("Did you mean orders?");
  });
});

describe("an environment's policy", () => {
  it("is plain data with every default filled in", () => {
    const configuration = loaded(wholeExample);
    expect(policyOf(configuration, "production")).toEqual({
      environment: "production",
      deploys: { branch: "main", on: "push" },
      approval: {
        rule: { kind: "people", count: 1, people: ["kim", "lee", "park"] },
        mayNotApprove: { requester: true, pusher: true, authors: false },
        withinSeconds: 14_400,
        remindAfterSeconds: [7_200],
        escalations: [],
        reviewWithinSeconds: 86_400,
      },
      watch: { seconds: 900, onFailure: "roll-back" },
    });
    expect(policyOf(loaded(small()), "production")).toEqual({
      environment: "production",
      deploys: { on: "request" },
      watch: { seconds: 900, onFailure: "roll-back" },
    });
  });

  it.each([
    ["production", "", 900],
    ["prod", "", 900],
    ["stage", "", 0],
    ["stage", "watch: { onFailure: report }", 0],
    ["stage", "approval: { approvers: [kim] }", 900],
    ["stage", "watch: { for: 1m }", 60],
    ["production", "watch: { for: 0s }", 0],
  ])("watches releases in %s with { %s } for %i s", (name, environment, seconds) => {
    const text = small({ environment }).replace("production:", `${name}:`);
    expect(policyOf(loaded(text), name).watch.seconds).toBe(seconds);
  });

  it("refuses a deployment without the server where somebody has to approve", () => {
    const configuration = loaded(wholeExample);
    expect(refusesLocal(policyOf(configuration, "production"))).toBe(true);
    expect(refusesLocal(policyOf(configuration, "dev"))).toBe(false);
  });

  it("lists the places of all services", () => {
    expect(placesOfServices(loaded(wholeExample))).toEqual([
      { service: "orders", environment: "dev" },
      { service: "orders", environment: "production" },
    ]);
  });
});
