import { describe, expect, it } from "vitest";

import type { Configuration } from "./load.ts";
import { loadConfiguration } from "./load.ts";
import { triggerRulesOf, webhooksOf } from "./triggers.ts";

const git = "ssh://git@git.example.com/shop/orders.git";

function text(deploys: string, hooks = "{ forge: { github: { secrets: [GITHUB_HOOK] } } }"): string {
  return `
hosts: { dev-1: { address: 10.0.0.21 } }
services:
  orders:
    source: { git: "${git}", branch: trunk }
    unit: { exec: ["java", "-jar", "orders.jar"], user: orders }
    health: { active-for: 10s }
  worker:
    unit: { exec: ["worker"], user: orders }
    health: { active-for: 10s }
hooks: ${hooks}
environments:
  dev:
    deploys: ${deploys}
    hosts: [dev-1]
    services: { orders: {} }
`;
}

function loaded(deploys: string, hooks?: string): Configuration {
  const { configuration, problems } = loadConfiguration(text(deploys, hooks));
  expect(problems).toEqual([]);
  return configuration!;
}

const problems = (deploys: string, hooks?: string): readonly string[] =>
  loadConfiguration(text(deploys, hooks)).problems.map(
    ({ code, severity, path, place }) => `${code} ${severity} ${path} line ${place?.line}`,
  );

describe("what starts deployments", () => {
  it.each([
    ["{ on: push }", { on: "push", branches: ["trunk"], tags: [] }],
    ["{ branch: develop, on: push }", { on: "push", branches: ["develop"], tags: [] }],
    ["{ branches: [release/*, main], on: push }", { on: "push", branches: ["release/*", "main"], tags: [] }],
    ["{ tags: [v*], on: push }", { on: "push", branches: [], tags: ["v*"] }],
    ["{ branch: develop }", { on: "request", branches: ["develop"], tags: [] }],
    [
      "{ paths: { exclude: [docs/**] }, on: push }",
      { on: "push", branches: ["trunk"], tags: [], paths: { include: [], exclude: ["docs/**"] } },
    ],
  ])("is read from %s", (deploys, rule) => {
    expect(triggerRulesOf(loaded(deploys))).toEqual([
      { service: "orders", environment: "dev", repository: git, ...rule },
    ]);
  });

  it("has hooks by name, with the defaults of their forge", () => {
    const hooks = `{ a: { github: { secrets: [NEW, OLD], token: STATUS } }, b: { signed: { secrets: [HOOK] } } }`;
    expect(webhooksOf(loaded("{ on: push }", hooks))).toEqual([
      { name: "a", forge: "github", secrets: ["NEW", "OLD"], token: "STATUS", api: "https://api.github.com" },
      { name: "b", forge: "signed", secrets: ["HOOK"] },
    ]);
  });
});

describe("mistakes in what starts deployments", () => {
  it.each([
    [
      "{ branch: main, branches: [main] }",
      undefined,
      ["SB-CONFIG-TRIGGER error environments.dev.deploys.branches line 14"],
    ],
    ["{ branches: ['[ab]'] }", undefined, ["SB-CONFIG-VALUE error environments.dev.deploys.branches[0] line 14"]],
    ["{ tags: [] }", undefined, ["SB-CONFIG-VALUE error environments.dev.deploys.tags line 14"]],
    [
      "{ tags: [v*], paths: { include: [a] } }",
      undefined,
      ["SB-CONFIG-TRIGGER warning environments.dev.deploys.paths line 14"],
    ],
    ["{ on: push }", "{}", ["SB-CONFIG-TRIGGER warning environments.dev.deploys line 14"]],
    ["{}", "{ a: { github: { secrets: [] } } }", ["SB-CONFIG-VALUE error hooks.a.github.secrets line 11"]],
    ["{}", "{ a: { github: { secrets: [X, X] } } }", ["SB-CONFIG-DUPLICATE error hooks.a.github.secrets[1] line 11"]],
    ["{}", "{ a: {} }", ["SB-CONFIG-VALUE error hooks.a line 11"]],
    ["{}", "{ A: { signed: { secrets: [X] } } }", ["SB-CONFIG-NAME error hooks.A line 11"]],
  ])("are told with their places: %s %s", (deploys, hooks, expected) => {
    expect(problems(deploys, hooks)).toEqual(expected);
  });

  it("name a service that no push can deploy", () => {
    const { problems } = loadConfiguration(text("{ on: push }").replace("{ orders: {} }", "{ worker: {} }"));
    expect(problems.map(({ message }) => message)).toEqual(["No push can deploy worker here: it has no source.git."]);
  });
});
