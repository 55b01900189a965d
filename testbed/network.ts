/** A testbed's network: one bridge with the controller's address, and a virtual cable from it to each host. */
import { attempt, must } from "./command.ts";
import type { HostNames, RunNames } from "./names.ts";

export async function createBridge({ bridge, controllerAddress, mac }: RunNames): Promise<void> {
  await batch([
    // An address of its own: otherwise it takes one of its ports', and forgets its neighbours when a port leaves.
    `link add ${bridge} address ${mac} type bridge forward_delay 0`,
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
export async function cut(host: HostNames, others: readonly HostNames[]): Promise<void> {
  await must(["ip", "link", "set", host.port, "down"]);
  await forget(host, others);
}

/**
 * Silence, as behind a firewall that drops everything: connects time out, open sessions hang.
 *
 * The hardware address stays known to the controller and to the other hosts, otherwise they would notice
 * within seconds and report "No route to host".
 */
export async function blackhole(host: HostNames, others: readonly HostNames[]): Promise<void> {
  await must(["ip", "link", "set", host.port, "nomaster"]);
  await onNeighbours(others, host, (device) => {
    return ["replace", host.address, "lladdr", host.mac, "dev", device, "nud", "permanent"];
  });
}

export async function restore(host: HostNames, others: readonly HostNames[]): Promise<void> {
  await must(["ip", "link", "set", host.port, "master", host.run, "up"]);
  await forget(host, others);
}

const forget = (host: HostNames, others: readonly HostNames[]): Promise<void> =>
  onNeighbours(others, host, (device) => ["del", host.address, "dev", device]);

/** A neighbour without the entry, or one that is not up, is no failure. */
async function onNeighbours(
  others: readonly HostNames[],
  host: HostNames,
  change: (device: string) => string[],
): Promise<void> {
  await attempt(["ip", "neigh", ...change(host.run)]);
  await Promise.all(others.map(({ netns }) => attempt(["ip", "-netns", netns, "neigh", ...change("eth0")])));
}

async function batch(lines: readonly string[], netns?: string): Promise<void> {
  const where = netns === undefined ? [] : ["-netns", netns];
  await must(["ip", ...where, "-batch", "-"], { input: `${lines.join("\n")}\n` });
}
