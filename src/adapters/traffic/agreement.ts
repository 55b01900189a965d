/** Whether a service's proxies send users the same way, for doctor. */
import type { MemberName, TrafficState } from "../../core/traffic.ts";
import type { TrafficFinding } from "../../ports/traffic.ts";
import { program } from "./proxy-files.ts";
import { differences, routingOf, type Routing } from "./routing.ts";

export interface Asked {
  readonly host: string;
  state(): Promise<TrafficState>;
}

/**
 * Each proxy against the first one. Which of the two is right nobody can tell from here, so the cure has both ways.
 * Those that do not answer are not compared: other findings name them.
 *
 * @param reload what makes a running proxy take its files, where a write alone does not
 */
export async function agreementFindings(
  proxies: readonly Asked[],
  place: string,
  reload?: string,
): Promise<readonly TrafficFinding[]> {
  const said = await Promise.all(proxies.map((proxy) => proxy.state().catch(() => undefined)));
  const [first, ...others] = said.filter((state) => state !== undefined);
  return others.map((other) => {
    const finding = { proxy: other.proxy, check: "proxies-agree" } as const;
    const [is, ought] = [routingOf(other), routingOf(first!)];
    const wrong = differences(is, ought);
    if (wrong.length === 0)
      return { ...finding, level: "ok", message: `it sends users where ${first!.proxy} does`, cure: null };
    const bring = (proxy: string, from: Routing, to: Routing): string =>
      `on ${proxy}: ${[writeCommand(place, from, to), ...(reload === undefined ? [] : [`sudo ${reload}`])].join(" && ")}`;
    return {
      ...finding,
      level: "problem",
      message: `it sends users elsewhere than ${first!.proxy}: ${wrong.join(", ")}. Nothing is deployed until they agree`,
      cure:
        `where ${first!.proxy} is right, ${bring(other.proxy, is, ought)}\n` +
        `where ${other.proxy} is right, ${bring(first!.proxy, ought, is)}`,
    };
  });
}

/** Names are of the characters that the configuration allows, so none of them means anything to a shell. */
function writeCommand(place: string, from: Routing, to: Routing): string {
  const names = Object.keys(to.members) as MemberName[];
  const words = [
    ...(from.active === to.active ? [] : [`active=${to.active}`]),
    ...(from.share === to.share ? [] : [`share=${to.share}`]),
    ...names
      .filter((name) => from.members[name] !== undefined && from.members[name] !== to.members[name])
      .map((name) => `member.${name}=${to.members[name]}`),
  ];
  return ["sudo", program, "write", place, ...words].join(" ");
}
