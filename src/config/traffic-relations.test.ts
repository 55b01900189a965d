import { describe, expect, it } from "vitest";

import { explain } from "./explain.ts";
import { small } from "./examples.fixture.ts";
import { loadConfiguration } from "./load.ts";

const brief = (text: string): readonly string[] => {
  return loadConfiguration(text).problems.map(({ code, severity, message }) => {
    return `${severity === "warning" ? "warning " : ""}${code.replace("SB-CONFIG-", "")} ${message}`;
  });
};

const service = "unit: { exec: [a] }, port: 80";
const haproxy = "traffic: { haproxy: { hosts: [web-3], bind: 8080 } }";
const slots = "slots: { blue: 8081, green: 8082 }";
const with_ = (placement: string, more = ""): string => small({ service: `${service}${more}`, placement });
const one = "hosts: [web-1]";
const two = "hosts: [web-1, web-2]";

const table: readonly (readonly [what: string, text: string, ...lines: string[]])[] = [
  ["a proxy", with_(`${two}, ${haproxy}`)],
  ["nginx", with_(`${two}, ${haproxy.replace("haproxy", "nginx")}`)],
  [
    "proxies nobody knows, and one twice",
    with_(`${two}, traffic: { haproxy: { hosts: [lb-1, web-3, web-3], bind: 1 } }`),
    "HOST There is no host lb-1.",
    "DUPLICATE web-3 is named twice.",
  ],
  [
    "a default proxy nobody knows",
    small({ service, environment: "traffic: { nginx: { hosts: [lb-1], bind: 8080 } }" }),
    "HOST There is no host lb-1.",
  ],
  ["a proxy beside the service", with_(`${one}, traffic: { haproxy: { hosts: [web-1], bind: 8080 } }`)],
  [
    "a proxy on the service's own port",
    with_(`${one}, traffic: { haproxy: { hosts: [web-1], bind: 80 } }`),
    "PORT The proxy on web-1 would listen on 80, where orders itself does.",
  ],
  [
    "a proxy on the port of its own slot",
    with_(`${one}, ${slots}, traffic: { haproxy: { hosts: [web-1], bind: 8082 } }`),
    "PORT The proxy on web-1 would listen on 8082, where orders itself does.",
  ],
  ["a proxy on the service's port, elsewhere", with_(`${one}, traffic: { haproxy: { hosts: [web-3], bind: 80 } }`)],
  [
    "a proxy without a port behind it",
    small({ placement: `${one}, ${haproxy}` }),
    "PORT orders in production has haproxy in front and no port.",
  ],
  [
    "everything that is asked, without a port",
    small({
      service: "unit: { exec: [a] }, smoke: [{ path: / }]",
      placement: `${one}, traffic: { health: { drain: /d, readmit: /r, detect: 6s }, warmUp: { path: / } }, analysis: { synthetic: { paths: [/] } }`,
    }),
    "PORT orders in production has smoke requests and no port.",
    "PORT orders in production has drain by health and no port.",
    "PORT orders in production has warm-up and no port.",
    "PORT orders in production has synthetic requests and no port.",
  ],
  ["drain by health", with_(`${two}, traffic: { health: { drain: /d, readmit: /r, detect: 6s } }`)],
  [
    "a check that a proxy can't make",
    with_(`${one}, ${haproxy}`, ", health: { http: /health%20z }"),
    "TRAFFIC The proxy of orders can't ask /health%20z: such characters mean something in its configuration.",
  ],
  [
    "an address that a proxy can't use",
    small({ host: 'address: "fe80::1%eth0"', service, placement: `${one}, ${haproxy}` }),
    "TRAFFIC The proxy of orders can't send requests to fe80::1%eth0, the address of web-1.",
  ],

  ["slots", with_(`${one}, ${slots}, ${haproxy}`)],
  [
    "two slots on one port",
    with_(`${one}, slots: { blue: 1, green: 1 }, ${haproxy}`),
    "SLOTS Both slots of orders have the port 1; they run at the same time.",
  ],
  [
    "slots and another port beside them",
    with_(`${one}, port: 81, ${slots}, ${haproxy}`),
    "SLOTS orders has two slots here, so port: 81 is the port of none of its copies.",
  ],
  ["slots and the port of one of them", with_(`${one}, port: 8081, ${slots}, ${haproxy}`)],
  [
    "an HTTP check in slots",
    small({ service: "unit: { exec: [a] }, health: { http: / }", placement: `${one}, ${slots}, ${haproxy}` }),
  ],
  [
    "a port that is told twice",
    with_(`${one}, ${slots}, ${haproxy}`, ', environment: { PORT: "80" }'),
    "SLOTS PORT tells orders the port of its slot, so it can't have one value for both.",
  ],
  [
    "a port that is told in another variable",
    with_(`${one}, slots: { blue: 1, green: 2, variable: HTTP_PORT }, ${haproxy}`, ', environment: { PORT: "80" }'),
  ],
  [
    "slots without traffic",
    with_(`${one}, ${slots}`),
    "TRAFFIC orders has two slots, and its traffic can't switch between them.",
  ],
  [
    "slots with a command that can't switch",
    with_(`${one}, ${slots}, traffic: { command: { run: [lb] } }`),
    "TRAFFIC orders has two slots, and its traffic can't switch between them.",
  ],
  ["slots with a command that can", with_(`${one}, ${slots}, traffic: { command: { run: [lb], shares: true } }`)],
  [
    "slots with traffic that can't be read",
    with_(`${one}, ${slots}, traffic: { haproxi: { hosts: [web-3], bind: 8080 } }, strategy: blue-green`),
    "KEY There is no key haproxi in environments.production.services.orders.traffic.",
  ],
  [
    "a default strategy with traffic that can't be read",
    small({
      service,
      environment: "strategy: canary",
      placement: `${one}, ${slots}, traffic: { nginks: { hosts: [web-3], bind: 8080 } }`,
    }),
    "KEY There is no key nginks in environments.production.services.orders.traffic.",
  ],
  [
    "a default strategy that needs traffic which can't be read",
    small({
      service,
      environment: "strategy: { blue-green: { green: [web-2] } }",
      placement: `${two}, traffic: { nginks: { hosts: [web-3], bind: 8080 } }`,
    }),
    "KEY There is no key nginks in environments.production.services.orders.traffic.",
  ],
  [
    "a strategy that needs slots which can't be read",
    with_(`${one}, slots: { blu: 1, green: 2 }, ${haproxy}, strategy: blue-green`),
    "MISSING environments.production.services.orders.slots.blue is missing.",
    "KEY There is no key blu in environments.production.services.orders.slots.",
  ],

  ["rolling over one host with slots", with_(`${one}, ${slots}, ${haproxy}, strategy: rolling`)],
  [
    "recreate with slots",
    with_(`${one}, ${slots}, ${haproxy}, strategy: recreate`),
    "warning STRATEGY orders has two slots, but recreate stops the copy that serves and leaves the other slot alone.",
  ],
  [
    "a singleton with slots",
    with_(`${one}, ${slots}, ${haproxy}`, ", singleton: true"),
    "SINGLETON orders is a singleton, but has two slots: a second copy would run beside the first.",
  ],
  [
    "a singleton with everything that it can't have",
    with_(`${two}, ${slots}, strategy: canary, ${haproxy}`, ", singleton: true"),
    "SINGLETON orders is a singleton, but has 2 hosts: each of them would run a copy.",
    "SINGLETON orders is a singleton, but has two slots: a second copy would run beside the first.",
    "SINGLETON orders is a singleton, but canary runs the new release beside the old one.",
  ],
  ["blue-green in slots", with_(`${one}, ${slots}, ${haproxy}, strategy: blue-green`)],
  ["blue-green on hosts", with_(`${two}, ${haproxy}, strategy: { blue-green: { green: [web-2] } }`)],
  [
    "blue-green nowhere",
    with_(`${two}, strategy: blue-green`),
    "SLOTS blue-green needs a place for the second copy of orders: two slots, or green hosts.",
    "TRAFFIC blue-green moves all traffic of orders at once, and its traffic can't do that.",
  ],
  [
    "blue-green with drain by health",
    with_(
      `${two}, strategy: { blue-green: { green: [web-2] } }, traffic: { health: { drain: /d, readmit: /r, detect: 6s } }`,
    ),
    "TRAFFIC blue-green moves all traffic of orders at once, and its traffic can't do that.",
  ],
  [
    "blue-green in slots and on hosts",
    with_(`${two}, ${slots}, ${haproxy}, strategy: { blue-green: { green: [web-2] } }`),
    "SLOTS orders has two slots on each host, and green hosts, too.",
  ],
  [
    "green hosts of somebody else",
    with_(`${two}, ${haproxy}, strategy: { blue-green: { green: [web-2, web-3, web-2] } }`),
    "STRATEGY web-3 is not one of the hosts of orders, so it can't be green.",
    "DUPLICATE web-2 is named twice.",
  ],
  [
    "only green hosts",
    with_(`${two}, ${haproxy}, strategy: { blue-green: { green: [web-2, web-1] } }`),
    "STRATEGY All hosts of orders are green, so none is left to be blue.",
  ],
  ["a canary in slots", with_(`${one}, ${slots}, ${haproxy}, strategy: canary`)],
  ["a canary over hosts", with_(`${two}, ${haproxy}, strategy: { canary: { weights: [0.5, 10], soak: 30s } }`)],
  [
    "a canary by host count",
    with_("hosts: [web-1, web-2, web-3], strategy: canary"),
    "warning STRATEGY canary of orders by host count: 5 % of 3 hosts is one host.",
  ],
  [
    "a canary by host count that begins with many",
    with_("hosts: [web-1, web-2, web-3], strategy: { canary: { weights: [90] } }"),
    "warning STRATEGY canary of orders by host count: 90 % of 3 hosts is 2 hosts.",
  ],
  [
    "a canary on one host",
    with_(`${one}, ${haproxy}, strategy: canary`),
    "STRATEGY A canary of orders needs a second place beside the release that serves, and it has one host.",
  ],
  [
    "a canary that nothing judges",
    with_(`${two}, traffic: { command: { run: [lb], shares: true } }, strategy: canary`),
    "warning STRATEGY A canary of orders has nothing to be judged by: a command tells nothing about the requests.",
  ],
  [
    "weights that do not rise",
    with_(`${two}, ${haproxy}, strategy: { canary: { weights: [5, 25, 25], soak: 1h } }`),
    "STRATEGY A comparison goes on for 3600 s at least, so longestSoak can't be 1800 s.",
    "STRATEGY The weights of a canary must rise, and 25 comes after 25.",
  ],
];

/** Two services in one environment. */
const both = (orders: string, payments: string): string => `hosts:
  web-1: { address: 10.0.0.1 }
  lb-1: { address: 10.0.0.2 }
services:
  orders: { unit: { exec: [a] }, port: 80 }
  payments: { unit: { exec: [a] }, port: 81 }
environments:
  production:
    hosts: [web-1]
    services:
      orders: { ${orders} }
      payments: { ${payments} }
`;
const proxied = (keys: string): string => `traffic: { haproxy: { hosts: [lb-1], ${keys} } }`;

const shared: readonly (readonly [what: string, text: string, ...lines: string[]])[] = [
  ["by two services", both(proxied("bind: 8080"), proxied("bind: 8081"))],
  [
    "by two services on one port",
    both(proxied("bind: 8080"), proxied("bind: 8080")),
    "PORT payments in production and orders in production both listen on 8080 on lb-1.",
  ],
  [
    "by two services of one name",
    both(proxied("bind: 8080"), proxied("bind: 8081, name: orders")),
    "COLLISION payments in production and orders in production would share the name orders on the proxy lb-1.",
  ],
  [
    "with a service on its port",
    both("port: 82", `hosts: [lb-1], ${proxied("bind: 8080")}`).replace("port: 81", "port: 8080"),
    "PORT The proxy on lb-1 would listen on 8080, where payments itself does.",
  ],
  [
    "with another service on its port",
    both(proxied("bind: 8080"), "hosts: [lb-1], port: 8080"),
    "PORT payments in production and orders in production both listen on 8080 on lb-1.",
  ],
  [
    "with another service's slot on its port",
    both(proxied("bind: 8080"), `hosts: [lb-1], slots: { blue: 1, green: 8080 }, ${proxied("bind: 8081")}`),
    "PORT payments in production and orders in production both listen on 8080 on lb-1.",
  ],
  [
    "with the same service's port of another environment",
    `${both(proxied("bind: 80"), "")}  stage:\n    services:\n      orders: { hosts: [lb-1] }\n`,
    "PORT orders in stage and orders in production both listen on 80 on lb-1.",
  ],
  [
    "by one service in two environments",
    `${both(proxied("bind: 8080"), "")}  stage:\n    services:\n      orders: { hosts: [lb-1], ${proxied("bind: 8080")} }\n`,
    "COLLISION orders in stage and orders in production would share the name orders on the proxy lb-1.",
    "PORT orders in stage and orders in production both listen on 8080 on lb-1.",
  ],
];

describe("the traffic of a service", () => {
  it.each(table)("is held against its hosts, slots and strategy: %s", (_what, text, ...lines) => {
    expect(brief(text)).toEqual(lines);
  });

  it.each(shared)("may come through a proxy that is shared %s", (_what, text, ...lines) => {
    expect(brief(text).filter((line) => !line.startsWith("warning"))).toEqual(lines);
  });

  it("is told with the unit that a bare number lacks", () => {
    const text = small({ environment: "limits: { load: 75 }\n    analysis: { quick: 20 }" });
    expect(loadConfiguration(text).problems.map(({ hint }) => hint)).toEqual([
      "Did you mean 75%?",
      "Did you mean 20ms?",
    ]);
  });

  it("is told with place, caret and hint", () => {
    const text = both(
      proxied("bind: 8080"),
      `${slots}, ${proxied("bind: 8080")}, strategy: { canary: { weights: [9, 5] } }`,
    );
    expect(explain(loadConfiguration(text).problems)).toMatchInlineSnapshot(`
      "signalbox.yml:12:98  payments in production and orders in production both listen on 8080 on lb-1.
         12 | … }, traffic: { haproxy: { hosts: [lb-1], bind: 8080 } }, strategy: { canary: { weights: [9, 5] } } }
            |                                                 ^^^^
        Give one of them another port.   SB-CONFIG-PORT

      signalbox.yml:12:143  The weights of a canary must rise, and 5 comes after 9.
         12 | … }, traffic: { haproxy: { hosts: [lb-1], bind: 8080 } }, strategy: { canary: { weights: [9, 5] } } }
            |                                                                                              ^
        SB-CONFIG-STRATEGY"
    `);
  });
});
