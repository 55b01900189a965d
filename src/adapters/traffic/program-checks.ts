/** What doctor looks at on the host of any proxy: root's program, and what root has listed. */
import { membersOf } from "../../core/members.ts";
import type { Target } from "../../core/service.ts";
import { memberName } from "../../core/traffic.ts";
import type { Hosts } from "../../ports/hosts.ts";
import type { TrafficFinding } from "../../ports/traffic.ts";
import { helloOf, placeOf, proxyProtocol, readFiles, type FileState } from "./proxy-files.ts";

/** One thing that is looked at: what is wrong with it, or nothing. */
export interface Check {
  readonly check: string;
  readonly level?: "warning" | "problem";
  readonly look: () => Promise<string | undefined>;
  readonly fine: string;
  /** Where installing again does not help. */
  readonly cure?: string;
}

/** One after the other; what could not be looked at is wrong too. */
export async function findingsOf(proxy: string, checks: readonly Check[]): Promise<readonly TrafficFinding[]> {
  const findings: TrafficFinding[] = [];
  for (const { check, level = "problem", look, fine, cure } of checks) {
    const wrong = await look().catch((error: Error) => error.message);
    findings.push(
      wrong === undefined
        ? { proxy, check, level: "ok", message: fine, cure: null }
        : { proxy, check, level, message: wrong, cure: cure ?? `signalbox traffic install ${proxy}` },
    );
  }
  return findings;
}

export interface ProgramInspection {
  readonly hosts: Hosts;
  readonly addressOf: (host: string) => string | undefined;
  readonly proxy: { readonly host: string };
  readonly target: Target;
}

/** Root's program, and what root has listed. */
export function programChecks(
  { hosts, addressOf, proxy, target }: ProgramInspection,
  signal?: AbortSignal,
): readonly Check[] {
  const place = placeOf(target);
  return [
    {
      check: "proxy-program",
      fine: `signalbox-proxy speaks protocol ${proxyProtocol}`,
      async look() {
        const protocol = (await helloOf(hosts, proxy.host, signal)).get("protocol") ?? "none";
        return protocol === String(proxyProtocol)
          ? undefined
          : `signalbox-proxy speaks protocol ${protocol}, this server speaks ${proxyProtocol}`;
      },
    },
    {
      check: "proxy-members",
      fine: `its list of ${place} has the members that the configuration wants`,
      look: async () => memberFault(await readFiles(hosts, proxy.host, place, signal), target, addressOf),
    },
  ];
}

function memberFault(
  { members, addresses }: FileState,
  target: Target,
  addressOf: (host: string) => string | undefined,
): string | undefined {
  const wanted = new Map(membersOf(target).map((member) => [memberName(member), member]));
  const missing = [...wanted.keys()].filter((name) => members[name] === undefined);
  const surplus = Object.keys(members).filter((name) => !wanted.has(name as never));
  const moved = [...wanted].flatMap(([name, { host, port }]) => {
    const [is, ought] = [addresses[name], `${addressOf(host) ?? host}:${port}`];
    return is === undefined || is === ought ? [] : [`${name} is at ${is} instead of ${ought}`];
  });
  const wrong = [
    ...missing.map((name) => `${name} is missing`),
    ...surplus.map((name) => `${name} is too much`),
    ...moved,
  ];
  return wrong.length === 0 ? undefined : `its list is not what the configuration wants: ${wrong.join(", ")}`;
}
