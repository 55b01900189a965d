import { describe, expect, it } from "vitest";

import { explain } from "./explain.ts";
import { small } from "./examples.fixture.ts";
import { loadConfiguration } from "./load.ts";
import { resolveTarget } from "./resolve.ts";
import { checkServiceFile, mergeServiceFile } from "./service-file.ts";

const server = (service: string): NonNullable<ReturnType<typeof loadConfiguration>["configuration"]> => {
  return loadConfiguration(small({ service })).configuration!;
};

const brief = (service: string, text: string): readonly string[] => {
  return mergeServiceFile(server(service), "orders", text).problems.map(({ code, path }) => `${code} ${path}`);
};

const full = `source: { branch: trunk, submodules: true }
runtime: { java: ">=21" }
build: { run: [./gradlew, build], artifact: build/libs/orders.jar }
unit: { exec: [java, -jar, orders.jar], user: orders, stopWithin: 1m }
port: 8080
health: { http: /healthz }
hooks: [{ at: before-rollout, run: [./migrate] }]
`;

describe("a service file", () => {
  it("completes what the server file leaves open", () => {
    const { configuration, problems } = mergeServiceFile(server("source: { git: /srv/git/x.git }"), "orders", full);
    expect(problems).toEqual([]);
    const target = resolveTarget(configuration!, "orders", "production");
    expect(target).toMatchObject({
      source: { git: "/srv/git/x.git", branch: "trunk", submodules: true },
      build: { on: "server", artifact: "build/libs/orders.jar" },
      unit: { exec: ["java", "-jar", "orders.jar"], user: "orders", stopWithinSeconds: 60 },
      port: 8080,
      health: { kind: "http" },
      hooks: [{ on: "first-host" }],
    });
  });

  it("gives way to what the server file sets", () => {
    const own =
      "unit: { stopWithin: 5s }, build: { on: web-2, within: 5m }, port: 9090, health: tcp, hooks: [], source: { git: /a, branch: main }";
    const { configuration } = mergeServiceFile(server(own), "orders", full);
    expect(resolveTarget(configuration!, "orders", "production")).toMatchObject({
      source: { git: "/a", branch: "main" },
      build: { on: "web-2", limitSeconds: 300, artifact: "build/libs/orders.jar" },
      unit: { exec: ["java", "-jar", "orders.jar"], stopWithinSeconds: 5 },
      port: 9090,
      health: { kind: "tcp" },
      hooks: [],
    });
  });

  it("leaves the configuration it is laid over as it was", () => {
    const before = server("source: { git: /srv/git/x.git }");
    mergeServiceFile(before, "orders", full);
    expect(before.services.get("orders")).toEqual({ source: { git: "/srv/git/x.git" } });
  });

  it.each([
    "hosts",
    "services",
    "environments",
    "approval",
    "approvers",
    "deploys",
    "watch",
    "strategy",
    "traffic",
    "slots",
    "analysis",
    "limits",
    "environment",
    "user",
    "root",
    "directories",
    "adopts",
    "keepReleases",
    "singleton",
    "server",
  ])("is refused by name when it has the server file's key %s", (key) => {
    expect(brief("", `${key}: x\n`)).toEqual([`SB-CONFIG-OPERATOR ${key}`]);
  });

  it.each([
    ["", "unit: { exec: [a], user: postgres }", "unit.user"],
    ["user: shop", "unit: { exec: [a], user: orders }", "unit.user"],
    ["", "build: { on: web-2 }", "build.on"],
    ["", "build: { on: host }", "build.on"],
    ["build: { on: web-2 }", "build: { on: web-1 }", "build.on"],
    ["", "source: { askpass: /bin/x }", "source.askpass"],
    ["", "source: { identityFile: ~/.ssh/id }", "source.identityFile"],
    ["", "hooks: [{ at: before-rollout, on: server, run: [a] }]", "hooks[0].on"],
    ["", "hooks: [{ at: before-rollout, on: web-2, run: [a] }]", "hooks[0].on"],
    ["", "hooks: [{ at: before-build, run: [a] }]", "hooks[0].on"],
    ["", "migration: { id: a, kind: expand, run: [a], on: server }", "migration.on"],
  ])("over { %s } may not say %s", (own, text, path) => {
    expect(brief(own, text)).toContain(`SB-CONFIG-OPERATOR ${path}`);
  });

  it.each([
    ["", "unit: { exec: [a], user: orders }"],
    ["user: shop", "unit: { exec: [a], user: shop }"],
    ["build: { on: web-2 }", "unit: { exec: [a] }\nbuild: { on: web-2 }"],
    ["port: 80", "unit: { exec: [a] }\nsmoke: [{ path: /, status: 204 }]"],
    ["", "unit: { exec: [a] }\nmigration: { id: a, kind: contract, backup: [a], run: [a], on: first-host }"],
    ["", "unit: { exec: [a] }\nhooks: [{ at: after-activate, on: every-host, run: [a] }]"],
  ])("over { %s } may say %s", (own, text) => {
    expect(brief(own, text)).toEqual([]);
  });

  it("tells the reason, the place and the way out", () => {
    expect(
      explain(mergeServiceFile(server(""), "orders", "unit: { exec: [a] }\nhosts: [web-1]\nhelth: tcp\n").problems),
    ).toMatchInlineSnapshot(`
      "signalbox.service.yml:2:1  hosts belongs to the server file: which machines are used is decided by the operator.
          2 | hosts: [web-1]
            | ^^^^^
        Leave it out here and ask the operator to set it there.   SB-CONFIG-OPERATOR

      signalbox.service.yml:3:1  There is no key helth at the top of the file.
          3 | helth: tcp
            | ^^^^^
        Did you mean health?   SB-CONFIG-KEY"
    `);
  });

  it("is held against the environments it is deployed to", () => {
    const { problems } = mergeServiceFile(server("unit: { exec: [a] }"), "orders", "health: { http: /healthz }\n");
    expect(explain(problems)).toMatchInlineSnapshot(`
      "signalbox.service.yml:1:9  The http health check of orders needs a port in production, and none is set.
          1 | health: { http: /healthz }
            |         ^^^^^^^^^^^^^^^^^^
        Add port: to services.orders.   SB-CONFIG-PORT"
    `);
  });

  it("names what comes later", () => {
    expect(brief("", "unit: { exec: [a] }\nnotify: { mail: [a] }\n")).toEqual(["SB-CONFIG-LATER notify"]);
  });

  it("can be checked alone", () => {
    expect(checkServiceFile(full).map(({ severity, path }) => `${severity} ${path}`)).toEqual(["warning unit.user"]);
    expect(checkServiceFile("hosts: []\n").map(({ severity, path }) => `${severity} ${path}`)).toEqual(["error hosts"]);
  });
});
