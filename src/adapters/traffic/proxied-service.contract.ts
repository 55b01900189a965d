/** Real hosts for the contract of traffic: web-1 and web-2 serve on both sides, web-3 and web-4 are the proxies. */
import { until } from "../../../testbed/command.ts";
import type { TestbedHost } from "../../../testbed/host.ts";
import type { Testbed } from "../../../testbed/testbed.ts";
import { aTarget } from "../../../test/support/targets.ts";
import { membersOf } from "../../core/members.ts";
import { memberName, type Member, type MemberName } from "../../core/traffic.ts";
import type { HostAddress } from "../../ports/hosts.ts";
import type { TrafficUnderTest } from "../../ports/traffic-stage.contract.ts";
import { installProxyScript } from "../hosts/ssh/prepare.ts";
import { SshHosts } from "../hosts/ssh/ssh-hosts.ts";
import { traffic } from "./index.ts";

const services = ["web-1", "web-2"];
const proxies = ["web-3", "web-4"];
const bind = 8080;
const slots = { ports: { blue: 8081, green: 8082 }, variable: "PORT" };

/** With the list that root has on each proxy. */
export interface ProxiedService extends TrafficUnderTest {
  readonly list: readonly string[];
}

/** Installed by the real script, spoken to over real SSH. */
export async function proxiedService(testbed: Testbed, kind: "haproxy" | "nginx"): Promise<ProxiedService> {
  const drain = { graceSeconds: 1, deadlineSeconds: 10, longLived: "wait" } as const;
  const target = aTarget({
    hosts: services,
    slots,
    traffic: { kind, proxies, name: "orders", bind, testers: "x-canary", drain },
  });
  const members = membersOf(target);
  const lines = listOf(kind, members, testbed);
  await Promise.all([
    ...members.map((member) => start(testbed.host(member.host), member)),
    ...proxies.map((proxy) => install(testbed.host(proxy), lines)),
  ]);

  const hosts = new SshHosts({
    find: addressesOf(testbed),
    options: { keepAliveSeconds: 1, connectTimeoutSeconds: 3 },
  });
  return {
    traffic: traffic({ hosts, addressOf: (host) => testbed.host(host).address, upWithinSeconds: 5 }),
    target,
    list: lines,
    fronts: proxies.map((proxy) => `http://${testbed.host(proxy).address}:${bind}`),
    serve: servingOf(testbed, members),
    proxies: {
      reload: (proxy) => reload(testbed.host(proxy), kind),
      kill: (proxy) => killAndStart(testbed.host(proxy), kind),
      cut: (proxy) => testbed.host(proxy).cut(),
      restore: (proxy) => testbed.host(proxy).restore(),
    },
    ...(kind === "nginx" && { changesByReload: true, cannotCut: true }),
    stop: () => hosts.close(),
  };
}

/** For members that `start` has started. */
export function servingOf(testbed: Testbed, members: readonly Member[]): TrafficUnderTest["serve"] {
  return async (name, how) => {
    const member = members.find((one) => memberName(one) === name)!;
    const host = testbed.host(member.host);
    const signal = { well: "CONT", not: "KILL", "never-answering": "STOP" }[how];
    await host.rootShell(["systemctl", "kill", "-s", signal, unitOf(name)]);
    if (how === "not") await host.rootShell(["systemctl", "stop", unitOf(name)]);
    if (how === "well") await start(host, member);
  };
}

async function reload(host: TestbedHost, unit: string): Promise<void> {
  const workers = async (): Promise<readonly string[]> =>
    (await host.rootShell(["pgrep", "-f", "nginx: worker process$"])).stdout.split("\n").filter((pid) => pid !== "");
  const before = await workers();
  await host.mustRun(["systemctl", "reload", unit]);
  // nginx is told, and goes on.
  await until(`${unit} is reloaded`, 20, async () => {
    const now = await workers();
    return before.every((pid) => !now.includes(pid)) || undefined;
  });
}

function listOf(kind: string, members: readonly Member[], testbed: Testbed): readonly string[] {
  const addressed = members.map(
    (member) => `member=${memberName(member)}=${testbed.host(member.host).address}:${member.port}`,
  );
  return [
    `kind=${kind}`,
    "name=orders",
    `bind=${bind}`,
    "check=/healthz",
    "testers=x-canary",
    "max-conn=0",
    ...addressed,
  ];
}

/** As `signalbox traffic install` does. */
export async function install(host: TestbedHost, lines: readonly string[]): Promise<void> {
  const input = await installProxyScript("deploy", new Map([["orders.production", lines]]));
  await host.mustRun(["sh", "-s"], { input });
}

async function killAndStart(host: TestbedHost, unit: string): Promise<void> {
  await host.mustRun(["systemctl", "kill", "-s", "KILL", unit]);
  // The kill is noticed a moment later; a start before that would find it running.
  await until(`${unit} serves again`, 20, async () => {
    await host.rootShell(["systemctl", "start", unit]);
    const { code } = await host.rootShell(["curl", "-s", "-o", "/dev/null", `http://127.0.0.1:${bind}/`]);
    return code === 0 || undefined;
  });
}

const unitOf = (name: MemberName): string => `member-${name.replace("/", "-")}.service`;

export async function start(host: TestbedHost, member: Member): Promise<void> {
  const name = memberName(member);
  await host.writeFile("/opt/member.cjs", server);
  await host.rootShell(["systemctl", "reset-failed", unitOf(name)]);
  const environment = [`--setenv=PORT=${member.port}`, `--setenv=MEMBER=${name}`];
  await host.rootShell(["systemd-run", "--quiet", `--unit=${unitOf(name)}`, ...environment, "node", "/opt/member.cjs"]);
  await until(`${name} serves`, 20, async () => {
    const { code } = await host.rootShell(["curl", "-sf", `http://127.0.0.1:${member.port}/`]);
    return code === 0 || undefined;
  });
}

/** What the contract asks of a member. */
const server = `
  const { createServer } = require("node:http");
  let isDrained = false;
  const serving = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url, "http://member");
    const answer = () => response.end("here\\n");
    request.resume();
    response.setHeader("x-member", process.env.MEMBER);
    if (request.method === "POST" && pathname === "/drain") isDrained = true;
    if (request.method === "POST" && pathname === "/readmit") isDrained = false;
    if (pathname === "/healthz" && isDrained) response.statusCode = 503;
    if (pathname === "/status") response.statusCode = Number(searchParams.get("code"));
    if (pathname === "/slow") setTimeout(answer, Number(searchParams.get("ms")));
    else answer();
  });
  serving.keepAliveTimeout = 75000;
  serving.listen(Number(process.env.PORT), "0.0.0.0");
`;

export function addressesOf(testbed: Testbed): (name: string) => HostAddress | undefined {
  const known = new Map(testbed.facts.hosts.map((facts) => [facts.name, { ...facts, hostKeys: [facts.hostKey] }]));
  return (name) => known.get(name);
}
