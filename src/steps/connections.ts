/** Connections of the proxies to a copy, as the copy's own host sees them. */
import { CommandEnded, HostUnreachable } from "../ports/hosts.ts";
import { isWayBack } from "./members.ts";
import type { StepContext } from "./step.ts";

/** Addresses whose connections count; undefined: everybody's but the host's own. */
export type Peers = ReadonlySet<string> | undefined;

const limitSeconds = 10;
const loopback = /^(127\.|::1$)/;

/**
 * The addresses of the proxies, asked of themselves: what the configuration calls them may be a name, or what they
 * have on another network.
 *
 * @throws {HostUnreachable} when a proxy can't be asked; on the way back everybody's connections count then
 */
export async function peersOf(context: StepContext): Promise<Peers> {
  const { target, host, ports, signal } = context;
  if (target.traffic.kind !== "haproxy" && target.traffic.kind !== "nginx") return undefined;
  const isBeside = target.traffic.proxies.includes(host);
  try {
    const answers = await Promise.all(
      target.traffic.proxies.map((proxy) => ports.hosts.run(proxy, { argv: ["hostname", "-I"], limitSeconds, signal })),
    );
    const addresses = answers.flatMap(({ stdout }) => stdout.split(/\s+/).filter((word) => word !== ""));
    return new Set([...addresses, ...(isBeside ? ["127.0.0.1", "::1"] : [])]);
  } catch (error) {
    if (error instanceof HostUnreachable && isWayBack(context)) return undefined;
    throw error;
  }
}

/** How many there are; unknown where the host can't tell. */
export async function connectionsFrom(
  peers: Peers,
  port: number,
  { ports, host, signal }: StepContext,
): Promise<number | "unknown"> {
  if (port === 0) return "unknown";
  try {
    const { code, stdout } = await ports.hosts.run(host, {
      argv: ["ss", "-Htn", "state", "established", `( sport = :${port} )`],
      limitSeconds,
      signal,
    });
    if (code !== 0) return "unknown";
    const from = stdout.split("\n").flatMap((line) => peerOf(line) ?? []);
    return from.filter((address) => peers?.has(address) ?? !loopback.test(address)).length;
  } catch (error) {
    // A host that is gone has nothing in flight that could be waited for; whether it is gone its activation finds out.
    if (error instanceof HostUnreachable || (error instanceof CommandEnded && error.because === "limit"))
      return "unknown";
    throw error;
  }
}

/** The address in the last column: `10.0.0.5:4321`, `[::ffff:10.0.0.5]:4321`, `[fe80::1]%eth0:4321`. */
function peerOf(line: string): string | undefined {
  const last = line.trim().split(/\s+/).at(3);
  return last
    ?.replace(/:\d+$/, "")
    .replace(/%.*$/, "")
    .replace(/^\[|\]$/g, "")
    .replace(/^::ffff:/i, "");
}
