/** Whether a service's proxies send users the same way, for doctor. */
import type { MemberName } from "../../core/traffic.ts";
import type { TrafficFinding } from "../../ports/traffic.ts";
import { program } from "./proxy-files.ts";
import { differences, type Routing } from "./routing.ts";

export interface Asked {
  readonly host: string;
  /** What its files say; whether it serves by them is another finding. */
  files(): Promise<Routing>;
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
  const ask = async ({ host, files }: Asked) => files().then((routing) => ({ host, routing }));
  const said = await Promise.all(proxies.map((proxy) => ask(proxy).catch(() => undefined)));
  const [first, ...others] = said.filter((one) => one !== undefined);
  return others.map(({ host, routing }) => {
    const finding = { proxy: host, check: "proxies-agree" } as const;
    const wrong = differences(routing, first!.routing);
    if (wrong.length === 0)
      return { ...finding, level: "ok", message: `it sends users where ${first!.host} does`, cure: null };
    const bring = (proxy: string, from: Routing, to: Routing): string =>
      `on ${proxy}: ${[writeCommand(place, from, to), ...(reload === undefined ? [] : [`sudo ${reload}`])].join(" && ")}`;
    return {
      ...finding,
      level: "problem",
      message: `it sends users elsewhere than ${first!.host}: ${wrong.join(", ")}. Nothing is deployed until they agree`,
      cure:
        `where ${first!.host} is right, ${bring(host, routing, first!.routing)}\n` +
        `where ${host} is right, ${bring(first!.host, first!.routing, routing)}`,
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
