/** A testbed's network: one bridge with the controller's address, and a virtual cable from it to each host. */
import { attempt, must } from "./command.ts";
import type { HostNames, RunNames } from "./names.ts";

export async function createBridge({ bridge, controllerAddress }: RunNames): Promise<void> {
  await batch([
    `link add ${bridge} type bridge forward_delay 0`,
    `link set ${bridge} addrgenmode none`,
    `addr add ${controllerAddress}/24 dev ${bridge}`,
    `link set ${bridge} up`,
  ]);
}

/** There is no default route: hosts reach each other and the controller, and nothing else. */
export async function connect(host: HostNames): Promise<void> {
  await must(["ip", "netns", "add", host.netns]);
  await batch([
    `link add ${host.port} type veth peer name eth0 address ${host.mac} netns ${host.netns}`,
    `link set ${host.port} master ${host.run} addrgenmode none`,
    `link set ${host.port} up`,
  ]);
  await batch(
    ["link set lo up", "link set eth0 addrgenmode none", `addr add ${host.address}/24 dev eth0`, "link set eth0 up"],
    host.netns,
  );
}

/** Carrier loss, as when the cable is pulled: senders get "No route to host" after about 3 s. */
export const cut = (host: HostNames): Promise<string> => must(["ip", "link", "set", host.port, "down"]);

/**
 * Silence, as behind a firewall that drops everything: connects time out, open sessions hang.
 *
 * The hardware address stays known to the controller and to the other hosts, otherwise they would notice
 * within seconds and report "No route to host".
 */
export async function blackhole(host: HostNames, others: readonly HostNames[]): Promise<void> {
  await rememberAddress("replace", host, others);
  await must(["ip", "link", "set", host.port, "nomaster"]);
}

export async function restore(host: HostNames, others: readonly HostNames[]): Promise<void> {
  await must(["ip", "link", "set", host.port, "master", host.run, "up"]);
  await rememberAddress("del", host, others);
}

async function rememberAddress(verb: "replace" | "del", host: HostNames, others: readonly HostNames[]): Promise<void> {
  const entry = (device: string): string[] => ["neigh", verb, host.address, "lladdr", host.mac, "dev", device];
  const permanent = verb === "replace" ? ["nud", "permanent"] : [];
  await attempt(["ip", ...entry(host.run), ...permanent]);
  for (const { netns } of others) await attempt(["ip", "-netns", netns, ...entry("eth0"), ...permanent]);
}

async function batch(lines: readonly string[], netns?: string): Promise<void> {
  const where = netns === undefined ? [] : ["-netns", netns];
  await must(["ip", ...where, "-batch", "-"], { input: `${lines.join("\n")}\n` });
}
