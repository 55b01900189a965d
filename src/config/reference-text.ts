/** What the reference says around its tables. Every YAML block is a whole file, and is loaded by a test. */

export const introduction = `# Configuration

<!-- Written by "node src/config/write-reference.ts" from the schema in src/config; a test keeps it up to date. -->

What is configured where follows from who may change it:

| place | who | what |
|---|---|---|
| \`signalbox.yml\`, the **server file** | the operator | hosts, services, environments, traffic, slots, strategies, analysis, approvals, limits |
| \`signalbox.service.yml\`, the **service file**, in the service's repository | whoever may push there | runtime, build, unit, port, health, smoke requests, migration, hooks of that service |
| the server's database | through the server | people, tokens, secrets |

A small team may keep everything in the server file. \`signalbox init\` writes a first one, \`signalbox lint\` checks it
without a network, and \`signalbox config explain KEY\` says what is below about one key.

\`\`\`yaml
# yaml-language-server: $schema=./signalbox.schema.json
hosts:
  web-1: { address: 10.0.0.11, user: deploy, zone: a }
  web-2: { address: 10.0.0.12, user: deploy, zone: b }
  dev-1: { address: 10.0.0.21, user: deploy }
  lb-1: { address: 10.0.0.5, user: deploy }
  lb-2: { address: 10.0.0.6, user: deploy }
services:
  orders:
    source: { git: "ssh://git@git.example.com/shop/orders.git" }
    runtime: { java: ">=21 <22" }
    build: { on: server, run: ["./gradlew", "clean", "build"], artifact: build/libs/orders.jar }
    unit: { exec: ["java", "-jar", "orders.jar"], user: orders }
    port: 8080
    health: { http: /healthz, within: 60s }
hooks:
  github: { github: { secrets: [GITHUB_HOOK], token: GITHUB_STATUS } }
environments:
  dev:
    deploys: { branch: develop, paths: { exclude: [docs/**] }, on: push }
    services:
      orders: { hosts: [dev-1], environment: { SPRING_PROFILES_ACTIVE: dev } }
  production:
    deploys: { branch: main, on: push }
    approval: { approvers: [kim, lee, park], quorum: 1, within: 4h }
    watch: { for: 15m, onFailure: roll-back }
    services:
      orders:
        hosts: [web-1, web-2]
        traffic:
          haproxy: { hosts: [lb-1, lb-2], bind: 8080, testers: x-canary }
          drain: { grace: 5s, within: 60s, longLived: cut }
          warmUp: { path: /, requests: 20 }
        slots: { blue: 8081, green: 8082 }
        strategy: { canary: { weights: [5, 25, 50], soak: 5m } }
        limits: { load: 75% }
        analysis: { synthetic: { paths: [/healthz], perSecond: 5 } }
        environment: { SPRING_PROFILES_ACTIVE: prod }
\`\`\`

## How it is written

- YAML 1.2 without anchors, aliases, merge keys, tags and directives; at most 256 KiB and 50 levels deep. Each key once.
- Durations are \`30s\`, \`5m\`, \`1h30m\`, and \`20ms\` where that is meant. Sizes are \`512M\`, \`2G\`, shares \`75%\`.
- What is a text is written as one: versions and variables that look like numbers need quotes, \`"1.10"\` and \`"8080"\`.
- Commands are lists of arguments. Nothing is split at spaces, expanded or given to a shell; for a shell write
  \`["sh", "-c", "..."]\`.
- All mistakes are told in one pass, each with its line, what was probably meant, and a code.

## Which value holds

For a service in an environment three layers lie over each other: the service, then the keys directly under the
environment, then the service's own keys there. The later one wins. \`environment\`, \`unit\`, \`limits\`
and \`analysis\` are laid over each other key by key, everything else is taken as a whole. \`slots\` stand in place of a
\`port\` of the service, which then counts in the other environments.

## What fits together

| strategy | hosts and slots | traffic |
|---|---|---|
| \`recreate\` | any; the service is down meanwhile | any |
| \`rolling\` | two hosts, or one with slots | any; with \`none\` nothing drains a host first |
| \`blue-green\` | slots, or \`green\` hosts | \`haproxy\`, \`nginx\`, or \`command\` with \`shares\` |
| \`canary\` | two hosts, or slots | the same; with any other it goes by host count |

\`slots\` need traffic as for \`blue-green\`. A \`singleton\` never has slots, \`blue-green\` or \`canary\`: two copies of it would
run at once. A proxy may run on one of the service's own hosts; a service on one host gets through a rollout unnoticed
with slots and such a proxy. Several services may share a proxy, each with a \`bind\` and a \`name\` of its own.`;

export const chapters = {
  server: `## The server file

At the top:`,
  codes: `## Codes of mistakes`,
} as const;

export const serviceFileText = `## The service file

\`signalbox.service.yml\` lies at the top of the service's repository and is read at the revision that is deployed.

\`\`\`yaml
# signalbox.service.yml
runtime: { java: ">=21" }
build: { run: ["./gradlew", "clean", "build"], artifact: build/libs/orders.jar }
unit: { exec: ["java", "-jar", "orders.jar"] }
port: 8080
health: { http: /healthz, within: 60s }
smoke: [{ path: /orders/1, contains: id }]
migration: { id: 2026-11-email, kind: expand, run: ["./bin/migrate", "expand"] }
hooks:
  - { at: before-rollout, run: ["./bin/check-database"], within: 1m }
\`\`\`

It may only narrow. What the server file sets wins wherever both say something: for \`source\`, \`build\` and \`unit\` key by
key, for all other keys as a whole. A key of the server file in it is refused by name. So are those that reach beyond
the service's own hosts and user: \`build.on\`, \`unit.user\` (unless it is the user anyway), \`source.askpass\`,
\`source.identityFile\`, \`source.hostKeys\`, a migration on \`server\`, and hooks on anything but \`first-host\` and
\`every-host\`.`;
