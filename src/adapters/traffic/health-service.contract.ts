/** Real hosts behind a HAProxy that is none of ours, as whatever a team has: web-1 and web-2 serve, it runs on web-3. */
import path from "node:path";

import { until } from "../../../testbed/command.ts";
import type { TestbedHost } from "../../../testbed/host.ts";
import type { Testbed } from "../../../testbed/testbed.ts";
import { aTarget } from "../../../test/support/targets.ts";
import { membersOf } from "../../core/members.ts";
import type { CommandTraffic, HealthTraffic } from "../../core/traffic.ts";
import type { Programs } from "../../ports/programs.ts";
import type { TrafficUnderTest } from "../../ports/traffic-stage.contract.ts";
import { SshHosts } from "../hosts/ssh/ssh-hosts.ts";
import { traffic } from "./index.ts";
import { addressesOf, servingOf, start } from "./proxied-service.contract.ts";

const front = "web-3";
const socketPort = 9999;
const drain = { graceSeconds: 1, deadlineSeconds: 10, longLived: "wait" } as const;

export const byHealth: HealthTraffic = {
  kind: "health",
  drainPath: "/drain",
  readmitPath: "/readmit",
  detectSeconds: 2,
  drain,
};

/** The example's command, which speaks with the HAProxy in front. */
export function byCommand(testbed: Testbed): CommandTraffic {
  const script = path.join(import.meta.dirname, "../../../examples/balancer/balancer.mjs");
  const run = [process.execPath, script, `${testbed.host(front).address}:${socketPort}`, "orders"];
  return { kind: "command", run, limitSeconds: 20, shares: false, drain };
}

/** @param check the path by which what is in front knows who is well */
export async function frontedService(
  testbed: Testbed,
  kind: HealthTraffic | CommandTraffic,
  check: string,
  programs?: Programs,
): Promise<TrafficUnderTest> {
  const target = aTarget({ hosts: ["web-1", "web-2"], port: 8081, traffic: kind });
  const members = membersOf(target).filter(({ side }) => side === "blue");
  await Promise.all([
    ...members.map((member) => start(testbed.host(member.host), member)),
    startFront(
      testbed.host(front),
      check,
      members.map(({ host, port }) => `server ${host} ${testbed.host(host).address}:${port} check`),
    ),
  ]);
  const hosts = new SshHosts({
    find: addressesOf(testbed),
    options: { keepAliveSeconds: 1, connectTimeoutSeconds: 3 },
  });
  const under = traffic({
    hosts,
    addressOf: (host) => testbed.host(host).address,
    upWithinSeconds: 8,
    ...(programs && { programs }),
  });
  // Whatever is in front has to look at the members first.
  await until("every member is up", 20, async () => {
    const states = await under.states(target);
    const serving = states.flatMap(({ members }) => Object.values(members).filter(({ rotation }) => rotation === "in"));
    return serving.every(({ up }) => up === true) || undefined;
  });
  return {
    traffic: under,
    target,
    fronts: [`http://${testbed.host(front).address}:8080`],
    serve: servingOf(testbed, members),
    cannotCut: true,
    stop: () => hosts.close(),
  };
}

async function startFront(host: TestbedHost, check: string, servers: readonly string[]): Promise<void> {
  const text = `global
  stats socket ipv4@0.0.0.0:${socketPort} level admin
defaults
  mode http
  timeout connect 2s
  timeout client 60s
  timeout server 60s
  timeout check 500ms
  option redispatch 1
  option http-server-close
frontend users
  bind :8080
  default_backend orders
backend orders
  balance roundrobin
  option httpchk GET ${check}
  default-server inter 200ms fall 1 rise 1
  ${servers.join("\n  ")}
`;
  await host.writeFile("/etc/haproxy/haproxy.cfg", text);
  await host.mustRun(["systemctl", "restart", "haproxy"]);
}
