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
