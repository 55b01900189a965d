import { describe, expect, it } from "vitest";

import { explain } from "./explain.ts";
import { publicKey, small, wholeExample } from "./examples.fixture.ts";
import { loadConfiguration } from "./load.ts";

const told = (text: string): string => explain(loadConfiguration(text).problems);

/** Code, path and message, without the place. */
const brief = (text: string): readonly string[] => {
  return loadConfiguration(text).problems.map(({ code, severity, message }) => {
    return `${severity === "warning" ? "warning " : ""}${code.replace("SB-CONFIG-", "")} ${message}`;
  });
};

describe("the example of the design", () => {
  it("is valid without what comes later", () => {
    const { configuration, problems } = loadConfiguration(wholeExample);
    expect(problems.filter(({ severity }) => severity === "error")).toEqual([]);
    expect([...configuration!.fleet.keys()]).toEqual(["web-1", "web-2", "dev-1", "lb-1", "builder"]);
    expect(configuration!.fleet.get("web-1")).toEqual({
      name: "web-1",
      address: "10.0.0.11",
      port: 22,
      user: "deploy",
      hostKeys: [],
      zone: "a",
    });
  });

  it("is valid with a proxy and its strategy, and says what the key of a backend is called", () => {
    const withTraffic = (traffic: string): string =>
      wholeExample.replace(
        "        hosts: [web-1, web-2]\n",
        `        hosts: [web-1, web-2]\n        traffic: { haproxy: { ${traffic} } }\n        strategy: { canary: { weights: [5, 25, 50], soak: 5m } }\n`,
      );
    const { configuration } = loadConfiguration(withTraffic("hosts: [lb-1], bind: 8080"));
    expect(configuration?.environments.get("production")?.services.get("orders")?.strategy).toEqual({
      kind: "canary",
      options: { weights: [5, 25, 50], soakSeconds: 300, longestSoakSeconds: 1_800, keepWarmSeconds: 1_800 },
    });
    const { problems } = loadConfiguration(withTraffic("hosts: [lb-1], bind: 8080, backend: orders"));
    expect(problems.filter(({ severity }) => severity === "error")).toEqual([
      expect.objectContaining({
        message: "There is no key backend in environments.production.services.orders.traffic.haproxy.",
        hint: "It is name here: the backends are called <name>_blue and <name>_green.",
      }),
    ]);
  });
});

describe("mistakes", () => {
  it("are all told in one pass, with place, caret and guess", () => {
    const text = `hosts:
  web-1: { address: 10.0.0.11, usr: deploy }
services:
  orders:
    source: { git: "https://bob:hunter2@git.example.com/orders.git", brnch: x }
    build: { on: biulder, run: ./gradlew clean build }
    unit: { exec: [java], restart: allways }
    approval: x
environments:
  production:
    approval: { approvers: [kim, lee], quorum: 3 }
    services:
      orders: { hosts: [web-1, web1], limits: { floor: 2 } }
      ordes: { strategy: rollin }
`;
    expect(told(text)).toMatchInlineSnapshot(`
      "signalbox.yml:2:32  There is no key usr in hosts.web-1.
          2 |   web-1: { address: 10.0.0.11, usr: deploy }
            |                                ^^^
        Did you mean user?   SB-CONFIG-KEY

      signalbox.yml:5:20  services.orders.source.git has a password in it.
          5 |     source: { git: "https://***@git.example.com/orders.git", brnch: x }
            |                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        SB-CONFIG-GIT

      signalbox.yml:5:70  There is no key brnch in services.orders.source.
          5 |     source: { git: "https://***@git.example.com/orders.git", brnch: x }
            |                                                              ^^^^^
        Did you mean branch?   SB-CONFIG-KEY

      signalbox.yml:6:18  There is no host biulder.
          6 |     build: { on: biulder, run: ./gradlew clean build }
            |                  ^^^^^^^
        The hosts are web-1.   SB-CONFIG-HOST

      signalbox.yml:6:32  services.orders.build.run must be a list, and is a text.
          6 |     build: { on: biulder, run: ./gradlew clean build }
            |                                ^^^^^^^^^^^^^^^^^^^^^
        Write it as a list: ["./gradlew", "clean", "build"].   SB-CONFIG-TYPE

      signalbox.yml:7:36  services.orders.unit.restart must be always, on-failure or no.
          7 |     unit: { exec: [java], restart: allways }
            |                                    ^^^^^^^
        Did you mean always?   SB-CONFIG-VALUE

      signalbox.yml:8:5  There is no key approval in services.orders.
          8 |     approval: x
            |     ^^^^^^^^
        It belongs under environments.<environment>.   SB-CONFIG-KEY

      signalbox.yml:11:48  environments.production.approval.quorum is 3, but only 2 approvers are named.
         11 |     approval: { approvers: [kim, lee], quorum: 3 }
            |                                                ^
        Add an approver or lower the quorum.   SB-CONFIG-QUORUM

      signalbox.yml:13:32  There is no host web1.
         13 |       orders: { hosts: [web-1, web1], limits: { floor: 2 } }
            |                                ^^^^
        Did you mean web-1?   SB-CONFIG-HOST

      signalbox.yml:13:56  A floor of 2 leaves none of the 2 host(s) of orders free to be replaced.
         13 |       orders: { hosts: [web-1, web1], limits: { floor: 2 } }
            |                                                        ^
        The floor can be 1 at most.   SB-CONFIG-FLOOR

      signalbox.yml:14:7  There is no service ordes.
         14 |       ordes: { strategy: rollin }
            |       ^^^^^
        Did you mean orders?   SB-CONFIG-SERVICE

      signalbox.yml:14:26  environments.production.services.ordes.strategy must be recreate, rolling, blue-green or canary.
         14 |       ordes: { strategy: rollin }
            |                          ^^^^^^
        Did you mean rolling?   SB-CONFIG-VALUE"
    `);
  });

  it("in the syntax are told without guessing at the rest", () => {
    expect(told("hosts: [web-1\nservices: {}\n")).toMatchInlineSnapshot(`
      "signalbox.yml:2:1  Flow sequence in block collection must be sufficiently indented and end with a ].
          2 | services: {}
            | ^
        The line's indentation does not fit, or a bracket above is not closed.   SB-CONFIG-SYNTAX"
    `);
  });

  it("are shown under wide characters and with steering characters made visible", () => {
    expect(told(small({ placement: 'hosts: [web-1], environment: { NAME: "주문\u202E", A: 1.10 }' })))
      .toMatchInlineSnapshot(`
      "signalbox.yml:10:64  environments.production.services.orders.environment.A must be a text, and is a number.
         10 |       orders: { hosts: [web-1], environment: { NAME: "주문�", A: 1.10 } }
            |                                                                  ^^^^
        Put it in quotes: "1.10".   SB-CONFIG-TYPE"
    `);
  });

  it("on very long lines are cut down to what surrounds them", () => {
    const many = Array.from({ length: 300 }, (_, index) => `V${index}: x`).join(", ");
    const [problem] = loadConfiguration(
      small({ placement: `hosts: [web-1], environment: { ${many}, A: 1.5, ${many.replaceAll("V", "W")} }` }),
    ).problems;
    expect(problem!.place!.text.length).toBeLessThan(110);
    expect(problem!.place!.text.slice(problem!.place!.from, problem!.place!.from + problem!.place!.width)).toBe("1.5");
  });

  const table: readonly (readonly [text: string, ...lines: string[]])[] = [
    [
      small({ host: "address: -oProxyCommand=x" }),
      "VALUE hosts.web-1.address must be a host name or an IP address, without user or port.",
    ],
    [
      small({ host: "address: deploy@10.0.0.1" }),
      "VALUE hosts.web-1.address must be a host name or an IP address, without user or port.",
    ],
    [small({ host: "address: 10.0.0.1, port: 70000" }), "VALUE hosts.web-1.port must be at most 65535."],
    [
      small({ host: 'address: 10.0.0.1, hostKey: "ssh-ed25519 QUJD"' }),
      "VALUE hosts.web-1.hostKey is not a public key such as ssh-ed25519 AAAAC3Nza....",
    ],
    [
      small({ host: `address: 10.0.0.1, hostKey: ["${publicKey}", 5]` }),
      "TYPE hosts.web-1.hostKey[1] must be a text, and is a number.",
    ],
    [
      small({ host: "address: 10.0.0.1, user: Deploy" }),
      "VALUE hosts.web-1.user must be a user name: 1 to 32 of a-z, 0-9, '_' and '-', beginning with a letter or '_'.",
    ],
    [
      small({ service: "unit: { exec: [a], user: root }" }),
      "USER services.orders.unit.user must not be root: a service gets a user of its own.",
    ],
    [
      small({ service: 'unit: { exec: ["+/bin/sh"] }' }),
      "VALUE services.orders.unit.exec must not begin with one of @ - : + ! |, which systemd takes as a privilege.",
    ],
    [small({ service: "unit: { exec: [] }" }), "VALUE services.orders.unit.exec must name a program."],
    [
      small({ service: "unit: { exec: [a], stopWithin: 30 }" }),
      "TYPE services.orders.unit.stopWithin must be a duration such as 30s, 5m or 1h30m.",
    ],
    [
      small({ service: "unit: { exec: [a], stopWithin: 2d }" }),
      "VALUE services.orders.unit.stopWithin must be at most 1h.",
    ],
    [
      small({ service: "unit: { exec: [a], memoryMax: 512 }" }),
      "TYPE services.orders.unit.memoryMax must be a size such as 512M or 2G.",
    ],
    [
      small({ service: "unit: { exec: [a] }, health: { htttp: /x }" }),
      "KEY There is no key htttp in services.orders.health.",
    ],
    [
      small({ service: "unit: { exec: [a] }, port: 80, health: { http: /x, tcp: true }" }),
      "VALUE services.orders.health must have exactly one of http, tcp, command and active-for.",
    ],
    [
      small({ service: "unit: { exec: [a] }, health: 5" }),
      "TYPE services.orders.health must be tcp or a map of keys, and is a number.",
    ],
    [small({ service: "unit: { exec: [a] }, health: http" }), "VALUE services.orders.health must be tcp."],
    [
      small({ service: "unit: { exec: [a] }, runtime: { command: [a] }" }),
      "VALUE services.orders.runtime needs command and version together.",
    ],
    [
      small({ service: 'unit: { exec: [a] }, runtime: { java: "latest" }' }),
      'VALUE services.orders.runtime.java must be a range of versions such as ">=21" or ">=21 <22".',
    ],
    [
      small({ service: "unit: { exec: [a] }, root: /srv/../etc" }),
      "VALUE services.orders.root must be an absolute path of letters, digits and . _ @ + -, without '.' or '..'.",
    ],
    [
      small({ service: "unit: { exec: [a] }, build: { artifact: ../x }" }),
      "VALUE services.orders.build.artifact must be a path within the source, without '..' and not beginning with '/' or '-'.",
    ],
    [
      small({ service: "unit: { exec: [a] }, build: { run: [[a], b] }" }),
      "TYPE services.orders.build.run[1] must be a list, and is a text.",
    ],
    [
      small({ service: "unit: { exec: [a] }, hooks: [{ at: before-lunch, run: [a] }]" }),
      "VALUE services.orders.hooks[0].at must be before-build, after-build, before-rollout, after-rollout, before-activate or after-activate.",
    ],
    [
      small({ service: "unit: { exec: [a] }, hooks: [{ run: [a] }]" }),
      "MISSING services.orders.hooks[0].at is missing.",
    ],
    [small({ placement: "hosts: []" }), "VALUE environments.production.services.orders.hosts must name a host."],
    [
      small({ placement: "hosts: web-1" }),
      "TYPE environments.production.services.orders.hosts must be a list, and is a text.",
    ],
    [
      small({ placement: "hosts: [web-1, web-2], strategy: { rolling: { batch: 0 } }" }),
      "VALUE environments.production.services.orders.strategy.rolling.batch must be more than 0.",
    ],
    [
      small({ placement: "hosts: [web-1, web-2], strategy: { rolling: { batch: half } }" }),
      "VALUE environments.production.services.orders.strategy.rolling.batch does not have the form it needs.",
    ],
    [
      small({ placement: "hosts: [web-1, web-2], strategy: { rolling: {}, recreate: {} }" }),
      "VALUE environments.production.services.orders.strategy must have exactly one of recreate, rolling, blue-green and canary.",
    ],
    [
      small({ placement: "hosts: [web-1, web-2], strategy: { canary: { weights: [] } }" }),
      "VALUE environments.production.services.orders.strategy.canary.weights must have at least 1 entry.",
    ],
    [
      small({ placement: "hosts: [web-1, web-2], strategy: { canary: { weights: [0], soak: 0s, longestSoak: 5 } }" }),
      "VALUE environments.production.services.orders.strategy.canary.weights[0] must be at least 0.1.",
      "VALUE environments.production.services.orders.strategy.canary.soak must be at least 1s.",
      "TYPE environments.production.services.orders.strategy.canary.longestSoak must be a duration such as 30s, 5m or 1h30m.",
    ],
    [
      small({ placement: "hosts: [web-1], traffic: proxy" }),
      "VALUE environments.production.services.orders.traffic must be none.",
    ],
    [
      small({ placement: "hosts: [web-1], traffic: {}" }),
      "VALUE environments.production.services.orders.traffic must have exactly one of haproxy, nginx, health and command.",
    ],
    [
      small({ placement: "hosts: [web-1], traffic: { health: { drain: x, readmit: /r } }" }),
      "MISSING environments.production.services.orders.traffic.health.detect is missing.",
      "PORT orders in production has drain by health and no port.",
      "VALUE environments.production.services.orders.traffic.health.drain must be a path such as /healthz, of letters, digits and . _ ~ ? & = % + , : @ -.",
    ],
    [
      small({ placement: "hosts: [web-1], traffic: { command: { run: [a] }, drain: { within: 5s } }" }),
      "VALUE environments.production.services.orders.traffic.drain.grace must be shorter than within.",
    ],
    ...["Evil", "a b", "-a", '"a\\nb"', "a_b"].map((name): readonly [string, ...string[]] => [
      small({
        service: "unit: { exec: [a] }, port: 80",
        placement: `hosts: [web-1], traffic: { haproxy: { hosts: [web-2], bind: 8080, name: ${name} } }`,
      }),
      "VALUE environments.production.services.orders.traffic.haproxy.name must be 1 to 63 of a-z, 0-9 and '-', beginning with a letter or digit.",
    ]),
    [
      small({
        service: "unit: { exec: [a] }, port: 80",
        placement:
          "hosts: [web-1], traffic: { haproxy: { hosts: [web-2], bind: 0, testers: x-signalbox-probe }, probe: { url: http://kim:pw@a/ } }",
      }),
      "VALUE environments.production.services.orders.traffic.haproxy.bind must be at least 1.",
      "VALUE environments.production.services.orders.traffic.haproxy.testers is a header of Signalbox itself; take another one.",
      "VALUE environments.production.services.orders.traffic.probe.url must be an address such as http://shop.example.com/healthz, without a user.",
    ],
    [
      small({
        environment: "limits: { load: 75 }, analysis: { quick: 20, falseAlarm: 50%, acceptedErrors: 0.01 }".replace(
          ", analysis",
          "\n    analysis",
        ),
      }),
      "TYPE environments.production.limits.load must be a percentage such as 75%.",
      "TYPE environments.production.analysis.quick must be a duration such as 20ms or 2s.",
      "VALUE environments.production.analysis.falseAlarm must be at most 20%.",
      "TYPE environments.production.analysis.acceptedErrors must be a percentage such as 75%.",
    ],
    [
      small({ service: "unit: { exec: [a] }, migration: { id: m, kind: contract, run: [a] }" }),
      "MIGRATION services.orders.migration takes something away for good, and needs a backup before it.",
    ],
    [
      small({ service: 'unit: { exec: [a] }, port: 80, smoke: [{ status: 20, contains: "" }]' }),
      "MISSING services.orders.smoke[0].path is missing.",
      "VALUE services.orders.smoke[0].status must be at least 100.",
      "VALUE services.orders.smoke[0].contains must be one line.",
    ],
    [
      small({ environment: "approval: {}" }),
      "VALUE environments.production.approval must have either approvers or a rule.",
    ],
    [
      small({ placement: "hosts: [web-1], environment: { 1A: x }" }),
      "NAME The name 1A must be the name of a variable: letters, digits and '_', not beginning with a digit.",
    ],
    [
      small().replace("orders: { unit", "sshd: { unit"),
      "NAME The name sshd is the name of a part of the system; take another one.",
      "SERVICE There is no service orders.",
    ],
    [
      small().replaceAll("web-1", "web_1"),
      "NAME The name web_1 must be 1 to 63 of a-z, 0-9, '.' and '-', beginning with a letter or digit.",
      "VALUE environments.production.services.orders.hosts[0] must be 1 to 63 of a-z, 0-9, '.' and '-', beginning with a letter or digit.",
    ],
  ];

  it.each(table)("are told in the configuration's own words: %#", (text, ...lines) => {
    expect(brief(text)).toEqual(lines);
  });
});

describe("warnings", () => {
  it("name the reference for a literal secret and never show its value", () => {
    const text = small({
      placement:
        'hosts: [web-1], environment: { DB_PASSWORD: hunter2, API_TOKEN: "s3cr3t, too", TOKEN_URL: "https://x" }',
    });
    expect(loadConfiguration(text).configuration).toBeDefined();
    expect(told(text)).toMatchInlineSnapshot(`
      "signalbox.yml:10:61  warning: DB_PASSWORD looks like a secret, and stands in the file for everybody who can read it.
         10 |       orders: { hosts: [web-1], environment: { DB_PASSWORD: ***, API_TOKEN: ***, TOKEN_URL: *** } }
            |                                                             ^^^
        Write DB_PASSWORD: "\${secret:DB_PASSWORD}" and keep the value in the server's secret store.   SB-CONFIG-SECRET

      signalbox.yml:10:81  warning: API_TOKEN looks like a secret, and stands in the file for everybody who can read it.
         10 |       orders: { hosts: [web-1], environment: { DB_PASSWORD: ***, API_TOKEN: ***, TOKEN_URL: *** } }
            |                                                                             ^^^
        Write API_TOKEN: "\${secret:API_TOKEN}" and keep the value in the server's secret store.   SB-CONFIG-SECRET"
    `);
    expect(JSON.stringify(loadConfiguration(text).problems)).not.toMatch(/hunter2|s3cr3t/);
  });

  it.each([
    small({ placement: "hosts: [web-1], environment: { DB_PASSWORD: 12345678 }" }),
    small({ placement: 'hosts: [web-1], environment: { DB_PASSWORD: "hunter2\\n" }' }),
    small({ placement: "hosts: [web-1], envronment: { DB_PASSWORD: hunter2, SECRET: 12345678 }" }),
    small({ service: 'source: { git: "https://bob:hunter2@example.com/x.git" }' }),
    small({ service: 'source: { git: "https://bob:hunter2@example.com/x.git", brnch: hunter }' }),
    small({ service: 'source: { git: "http://bob:hunter2@example.com/x.git" }' }),
    small({ service: 'source: { git: "https://ghp_hunter2aaaaaaaaaaaaaaaaa@example.com/x.git" }' }),
    small({ service: 'source: { git: "bob:hunter2@example.com:x.git" }' }),
    small({ host: 'address: 10.0.0.1, hostKey: "-----BEGIN OPENSSH PRIVATE KEY----- hunter2"' }),
    `DB_PASSWORD: "hunter2\nhosts: {}\n`,
  ])("and mistakes never print a secret: %#", (text) => {
    const { problems } = loadConfiguration(text);
    expect(problems.length).toBeGreaterThan(0);
    expect(JSON.stringify(problems)).not.toMatch(/hunter2|12345678/);
  });
});
