import { describe, expect, it } from "vitest";

import { small } from "./examples.fixture.ts";
import { loadConfiguration } from "./load.ts";

const brief = (text: string): readonly string[] => {
  return loadConfiguration(text).problems.map(({ code, severity, message }) => {
    return `${severity === "warning" ? "warning " : ""}${code.replace("SB-CONFIG-", "")} ${message}`;
  });
};

const hostsOnly = (hosts: string): string => `hosts:\n${hosts}\nservices: {}\nenvironments: {}\n`;

/** Two services in one environment, with what is said about each. */
const two = (orders: string, payments: string, placeOfOrders: string, placeOfPayments: string): string => `hosts:
  web-1: { address: 10.0.0.1 }
  web-2: { address: 10.0.0.2 }
services:
  orders: { unit: { exec: [a] }, ${orders} }
  payments: { unit: { exec: [a] }, ${payments} }
environments:
  production:
    services:
      orders: { ${placeOfOrders} }
      payments: { ${placeOfPayments} }
`;

const exec = "unit: { exec: [a] }";

const table: readonly (readonly [what: string, text: string, ...lines: string[]])[] = [
  ["nothing", small()],
  ["a host nobody knows", small({ placement: "hosts: [web-9]" }), "HOST There is no host web-9."],
  ["a host twice", small({ placement: "hosts: [web-1, web-1]" }), "DUPLICATE web-1 is named twice."],
  [
    "a default host nobody knows",
    small({ environment: "hosts: [wbe-1]", placement: "" }),
    "HOST There is no host wbe-1.",
  ],
  ["no hosts", small({ placement: "" }), "HOSTS orders has no hosts in production."],
  ["hosts from the environment", small({ environment: "hosts: [web-1]", placement: "" })],
  [
    "a service without a word",
    small({ environment: "hosts: [web-1]", placement: "" }).replace("orders: {  }", "orders:"),
  ],
  ["a builder nobody knows", small({ service: `${exec}, build: { on: web-9 }` }), "HOST There is no host web-9."],
  ["a builder", small({ service: `${exec}, build: { on: web-2 }` })],
  ["building on the hosts", small({ service: `${exec}, build: { on: host }` })],
  [
    "a hook's host nobody knows",
    small({ service: `${exec}, hooks: [{ at: before-rollout, on: web-9, run: [a] }]` }),
    "HOST There is no host web-9.",
  ],
  [
    "a hook on the first host",
    small({ service: `${exec}, hooks: [{ at: before-rollout, on: first-host, run: [a] }]` }),
  ],
  [
    "two run users",
    small({ service: "user: a, unit: { exec: [a], user: b }" }),
    "USER orders has two different run users.",
  ],
  [
    "more approvals than approvers",
    small({ environment: "approval: { approvers: [kim], quorum: 2 }" }),
    "QUORUM environments.production.approval.quorum is 2, but only 1 approver is named.",
  ],
  [
    "one approver twice",
    small({ environment: "approval: { approvers: [kim, kim], quorum: 2 }" }),
    "DUPLICATE kim is named twice.",
    "QUORUM environments.production.approval.quorum is 2, but only 1 approver is named.",
  ],
  [
    "a floor of all hosts",
    small({ placement: "hosts: [web-1, web-2], limits: { floor: 2 }" }),
    "FLOOR A floor of 2 leaves none of the 2 host(s) of orders free to be replaced.",
  ],
  [
    "a floor of one on one host",
    small({ placement: "hosts: [web-1], limits: { floor: 1 }" }),
    "FLOOR A floor of 1 leaves none of the 1 host(s) of orders free to be replaced.",
  ],
  [
    "a default floor that is too high for one",
    small({ environment: "limits: { floor: 1 }" }),
    "FLOOR A floor of 1 leaves none of the 1 host(s) of orders free to be replaced.",
  ],
  [
    "tolerating the loss of all",
    small({ placement: "hosts: [web-1, web-2], limits: { tolerate: 2 }" }),
    "TOLERATE With tolerate: 2 all 2 host(s) of orders could be left behind.",
  ],
  [
    "a singleton on two hosts",
    small({ service: `${exec}, singleton: true`, placement: "hosts: [web-1, web-2]" }),
    "SINGLETON orders is a singleton, but has 2 hosts: each of them would run a copy.",
  ],
  ["a singleton on one host", small({ service: `${exec}, singleton: true` })],
  [
    "rolling over one host",
    small({ placement: "hosts: [web-1], strategy: rolling" }),
    "warning STRATEGY orders is rolled over one host: it is down for a moment, as with recreate.",
  ],
  [
    "batches below the floor",
    small({ placement: "hosts: [web-1, web-2, web-3], strategy: { rolling: { batch: 2 } }, limits: { floor: 2 }" }),
    "warning STRATEGY Batches of 2 would leave less than the floor of 2; they become batches of 1.",
  ],
  [
    "an HTTP check without a port",
    small({ service: `${exec}, health: { http: /healthz }` }),
    "PORT The http health check of orders needs a port in production, and none is set.",
  ],
  [
    "a TCP check without a port",
    small({ service: `${exec}, health: tcp` }),
    "PORT The tcp health check of orders needs a port in production, and none is set.",
  ],
  [
    "an HTTP check with the port of its place",
    small({ service: `${exec}, health: { http: /healthz }`, placement: "hosts: [web-1], port: 80" }),
  ],
  [
    "a version without HTTP",
    small({ service: `${exec}, port: 80, health: { tcp: true, version: /v }` }),
    "HEALTH health.version of orders is asked over HTTP and needs health.http.",
  ],
  [
    "too little time to be stable",
    small({ service: `${exec}, port: 80, health: { tcp: true, within: 10s }` }),
    "HEALTH orders has to be stable for 10 s, but healthy within 10 s already.",
  ],
  [
    "too little time to be active",
    small({ service: `${exec}, health: { active-for: 90s, within: 60s }` }),
    "HEALTH orders has to be stable for 90 s, but healthy within 60 s already.",
  ],
  ["time enough to be active", small({ service: `${exec}, health: { active-for: 5m }` })],
  [
    "no command",
    small({ service: "" }),
    "warning INCOMPLETE orders has no unit.exec here: nothing says how it is started.",
  ],
  [
    "a way in a circle",
    hostsOnly(
      "  a: { address: a, jump: b }\n  b: { address: b, jump: c }\n  c: { address: c, jump: a }\n  d: { address: d, jump: a }",
    ),
    "JUMP The way to a goes in a circle: a → b → c → a.",
    "JUMP The way to b goes in a circle: b → c → a → b.",
    "JUMP The way to c goes in a circle: c → a → b → c.",
  ],
  [
    "a way over too many hosts",
    hostsOnly(
      Array.from(
        { length: 11 },
        (_, index) => `  h${index}: { address: h${index}${index < 10 ? `, jump: h${index + 1}` : ""} }`,
      ).join("\n"),
    ),
    "JUMP The way to h0 goes over more than 8 hosts.",
    "JUMP The way to h1 goes over more than 8 hosts.",
  ],
  ["a way through itself", hostsOnly("  a: { address: a, jump: a }"), "JUMP The way to a goes in a circle: a → a."],
  ["a way through nobody", hostsOnly("  a: { address: a, jump: bastion }"), "HOST There is no host bastion."],
  [
    "one address twice",
    hostsOnly("  a: { address: host.example.com }\n  b: { address: HOST.example.com }"),
    "warning ADDRESS b has the same address as a.",
  ],
  ["one address with two ports", hostsOnly("  a: { address: 10.0.0.1 }\n  b: { address: 10.0.0.1, port: 2222 }")],
  [
    "one address behind two jump hosts",
    hostsOnly(
      "  a: { address: 10.0.0.1, jump: c }\n  b: { address: 10.0.0.1, jump: d }\n  c: { address: c }\n  d: { address: d }",
    ),
  ],
  [
    "one port twice on a host",
    two("port: 80", "port: 80", "hosts: [web-1, web-2]", "hosts: [web-2]"),
    "PORT payments in production and orders in production both listen on 80 on web-2.",
  ],
  ["one port on two hosts", two("port: 80", "port: 80", "hosts: [web-1]", "hosts: [web-2]")],
  [
    "one directory twice",
    two("root: /srv/shop", "root: /srv/shop", "hosts: [web-1]", "hosts: [web-1]"),
    "COLLISION payments in production and orders in production would share the directory /srv/shop on web-1.",
  ],
  [
    "one service in two environments on one host",
    `${small()}  dev:\n    services:\n      orders: { hosts: [web-1], root: /srv/orders-dev }\n`,
    "COLLISION orders in dev and orders in production would share the unit orders@main.service on web-1.",
  ],
];

describe("the parts of a configuration", () => {
  it.each(table)("are held against each other: %s", (_what, text, ...lines) => {
    expect(brief(text)).toEqual(lines);
  });

  it("are held against each other even when one of them is wrong in itself", () => {
    const text = small({
      service: "unit: { exec: a }, build: { on: web-9, within: 5 }",
      placement: "hosts: [web-1, web-8], limits: { floor: 2, tolerate: x }",
      environment: "approval: { approvers: [kim], quorum: 2, within: soon }",
    });
    expect(brief(text).map((line) => line.split(" ")[0])).toEqual([
      "TYPE",
      "HOST",
      "TYPE",
      "QUORUM",
      "VALUE",
      "HOST",
      "FLOOR",
      "TYPE",
    ]);
  });

  it("are counted, not multiplied: a thousand placements with one fault each stay readable", () => {
    const names = Array.from({ length: 1_000 }, (_, index) => `s${index}`);
    const text = `hosts: { a: { address: a } }\nservices:\n${names.map((name) => `  ${name}: { port: 80, unit: { exec: [a] } }`).join("\n")}\nenvironments:\n  x:\n    hosts: [a]\n    services:\n${names.map((name) => `      ${name}:`).join("\n")}\n`;
    const { problems } = loadConfiguration(text);
    expect(problems).toHaveLength(50);
    expect(new Set(problems.map(({ code }) => code))).toEqual(new Set(["SB-CONFIG-PORT"]));
  });
});
