/** Texts that the tests of the configuration begin with. */

/** The example of the design, without what comes later. */
export const wholeExample = `# yaml-language-server: $schema=./signalbox.schema.json
hosts:
  web-1:   { address: 10.0.0.11, user: deploy, hostKey: "ssh-ed25519 AAAA...", zone: a }
  web-2:   { address: 10.0.0.12, user: deploy, hostKey: "ssh-ed25519 AAAA...", zone: b }
  dev-1:   { address: 10.0.0.21, user: deploy, hostKey: "ssh-ed25519 AAAA..." }
  lb-1:    { address: 10.0.0.5,  user: deploy, hostKey: "ssh-ed25519 AAAA..." }
  builder: { address: 10.0.0.9,  user: build,  hostKey: "ssh-ed25519 AAAA..." }
services:
  orders:
    source: { git: "ssh://git@git.example.com/shop/orders.git" }
    runtime: { java: ">=21" }
    build: { on: builder, run: ["./gradlew", "clean", "build"], artifact: build/libs/orders.jar }
    unit: { exec: ["java", "-jar", "orders.jar"], user: orders }
    port: 8080
    health: { http: /healthz, within: 60s }
environments:
  dev:
    deploys: { branch: develop, on: push }
    services:
      orders: { hosts: [dev-1], strategy: recreate, environment: { SPRING_PROFILES_ACTIVE: dev } }
  production:
    deploys: { branch: main, on: push }
    approval: { approvers: [kim, lee, park], quorum: 1, within: 4h }
    watch: { for: 15m, onFailure: roll-back }
    services:
      orders:
        hosts: [web-1, web-2]
        environment: { SPRING_PROFILES_ACTIVE: prod, DB_PASSWORD: "\${secret:ORDERS_DB}" }
`;

/** Every kind of traffic, and whatever goes with it. */
export const trafficExample = `hosts:
  web-1: { address: 10.0.0.1 }
  web-2: { address: 10.0.0.2 }
  lb-1: { address: 10.0.0.5 }
services:
  orders:
    unit: { exec: [a] }
    health: { http: /healthz }
    smoke: [{ path: /orders/1, status: 200, contains: id }]
    migration: { id: 2026-11-email, kind: contract, backup: [dump], run: [migrate], on: first-host, within: 10m }
  payments: { unit: { exec: [a] }, port: 81 }
  mails: { unit: { exec: [a] }, port: 82 }
environments:
  production:
    hosts: [web-1, web-2]
    limits: { load: 75% }
    services:
      orders:
        traffic:
          haproxy: { hosts: [lb-1], bind: 8080, name: orders, testers: x-canary, maxConnections: 200 }
          drain: { grace: 5s, within: 60s, longLived: cut }
          warmUp: { path: /, requests: 20 }
          probe: { url: "http://lb-1:8080/healthz", perSecond: 10 }
        slots: { blue: 8081, green: 8082, variable: HTTP_PORT }
        strategy: { canary: { weights: [5, 25, 50], soak: 5m, longestSoak: 30m, keepWarm: 1h } }
        analysis: { falseAlarm: 1%, minimumRequests: 300, quick: 20ms, command: { run: [ok] }, synthetic: { paths: [/] } }
      payments:
        traffic: { command: { run: [lb], within: 30s, shares: true }, probe: none }
        strategy: { blue-green: { green: [web-2], keepWarm: 5m } }
      mails: { traffic: { health: { drain: /d, readmit: /r, detect: 6s } } }
`;

/** The least that is valid, with a place for more. */
export function small({
  host = "address: 10.0.0.1",
  service = "unit: { exec: [node, server.mjs] }",
  placement = "hosts: [web-1]",
  environment = "",
}: {
  readonly host?: string;
  readonly service?: string;
  readonly placement?: string;
  readonly environment?: string;
} = {}): string {
  return `hosts:
  web-1: { ${host} }
  web-2: { address: 10.0.0.2 }
  web-3: { address: 10.0.0.3 }
services:
  orders: { ${service} }
environments:
  production:
    ${environment === "" ? "" : `${environment}\n    `}services:
      orders: { ${placement} }
`;
}

export const publicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBL2Sq6YWqAAkTyGwtE6zS2nGXSUOZ2JUVQJIrE9hOaz";
