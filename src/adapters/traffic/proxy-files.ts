/** What survives a restart of a proxy: files that root's program on its host writes and keeps consistent. */
import type { Target } from "../../core/service.ts";
import { memberName, sides, type MemberName, type Side } from "../../core/traffic.ts";
import { CommandEnded, HostUnreachable, type Hosts } from "../../ports/hosts.ts";
import { ProxyFailed, type TrafficChange } from "../../ports/traffic.ts";

/** Where `signalbox traffic install` puts the program. */
export const program = "/usr/lib/signalbox/signalbox-proxy";
const limitSeconds = 60;

/** The oldest protocol of the program that this server speaks. */
export const proxyProtocol = 1;

export interface FileState {
  readonly active: Side;
  readonly share: number;
  readonly members: Readonly<Record<MemberName, "in" | "draining" | "out">>;
  /** `10.0.0.11:8081` of each member, where the answer has them. */
  readonly addresses: Readonly<Record<MemberName, string>>;
}

/** How a service is called on proxies' hosts. */
export function placeOf({ service, environment }: Pick<Target, "service" | "environment">): string {
  return `${service}.${environment}`;
}

/** @throws {ProxyFailed} */
export async function helloOf(hosts: Hosts, proxy: string, signal?: AbortSignal): Promise<ReadonlyMap<string, string>> {
  return fields(await call(hosts, proxy, ["hello"], false, signal));
}

/** @throws {ProxyFailed} */
export async function readFiles(hosts: Hosts, proxy: string, place: string, signal?: AbortSignal): Promise<FileState> {
  return stateOf(proxy, await call(hosts, proxy, ["show", place], false, signal), false);
}

/**
 * Brings the files to what is wanted; what is left out stays.
 *
 * @throws {ProxyFailed} which says whether they may have been changed all the same
 */
export async function writeFiles(
  hosts: Hosts,
  proxy: string,
  place: string,
  change: TrafficChange,
  signal?: AbortSignal,
): Promise<FileState> {
  const words = [
    ...(change.active === undefined ? [] : [`active=${change.active}`]),
    ...(change.share === undefined ? [] : [`share=${change.share}`]),
    ...Object.entries(change.members ?? {}).map(([member, rotation]) => `member.${member}=${rotation}`),
    ...(change.backAfterSeconds === undefined ? [] : [`back-after=${change.backAfterSeconds}`]),
  ];
  return stateOf(proxy, await call(hosts, proxy, ["write", place, ...words], true, signal), true);
}

async function call(
  hosts: Hosts,
  proxy: string,
  words: readonly string[],
  mayChange: boolean,
  signal?: AbortSignal,
): Promise<string> {
  try {
    const { code, stdout, stderr } = await hosts.run(proxy, {
      argv: ["sudo", "-n", program, ...words],
      limitSeconds,
      ...(signal && { signal }),
    });
    if (code === 0) return stdout;
    throw new ProxyFailed(proxy, mayChange && code !== 2 && code !== 3, `${proxy}: ${refusal(code, stdout, stderr)}`);
  } catch (error) {
    if (error instanceof HostUnreachable) throw new ProxyFailed(proxy, mayChange && error.sent, error.message);
    if (error instanceof CommandEnded) throw new ProxyFailed(proxy, mayChange, error.message);
    throw error;
  }
}

function refusal(code: number, stdout: string, stderr: string): string {
  if (/sudo: a password is required|sudo: .*not found|signalbox-proxy: (?:command )?not found/.test(stderr)) {
    return "signalbox-proxy is not installed for this login.\n  Next: signalbox traffic install";
  }
  const said = fields(stdout);
  const message = said.get("message") ?? stderr.trim().split("\n").at(-1) ?? "";
  return said.has("error") ? `${message} (${said.get("error")})` : `signalbox-proxy ended with ${code}: ${message}`;
}

function stateOf(proxy: string, stdout: string, mayHaveChanged: boolean): FileState {
  const said = fields(stdout);
  const members: Record<MemberName, "in" | "draining" | "out"> = {};
  const addresses: Record<MemberName, string> = {};
  for (const [key, value] of said) {
    const [, kind, side, host] = /^(member|address)\.(blue|green)\/(\S+)$/.exec(key) ?? [];
    if (side === undefined || host === undefined) continue;
    const name = memberName({ side: side as Side, host });
    if (kind === "address") addresses[name] = value;
    else if (value === "in" || value === "draining" || value === "out") members[name] = value;
  }

  const active = sides.find((side) => side === said.get("active"));
  const share = Number(said.get("share") ?? Number.NaN);
  if (active === undefined || !Number.isSafeInteger(share)) {
    throw new ProxyFailed(proxy, mayHaveChanged, `${proxy}: signalbox-proxy did not say who is active.`);
  }
  return { active, share, members, addresses };
}

function fields(stdout: string): ReadonlyMap<string, string> {
  return new Map(
    stdout
      .split("\n")
      .filter((line) => line.indexOf("=") > 0)
      .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
}
