/** The state of proxies on paper: one head for each, its members below. */
import type { ProxyView, TrafficView } from "../api/views.ts";
import { otherSide, WHOLE } from "../core/traffic.ts";
import { shareWords } from "./progress/step-words.ts";
import { safeFirstLine, safeLine } from "./safe-text.ts";
import type { Look, Style } from "./style.ts";
import { paint, symbol } from "./style.ts";
import type { Cell } from "./table.ts";
import { table } from "./table.ts";
import { grouped, named } from "./words.ts";

export function trafficText(places: readonly TrafficView[], style: Style): string {
  if (places.length === 0) return "No service here has traffic that Signalbox steers.\n";
  return places.map((place) => placeText(place, style)).join("\n");
}

function placeText({ service, environment, kind, proxies, problem }: TrafficView, style: Style): string {
  const head = `${paint("strong", `${service}@${environment}`, style)}  ${kind}`;
  const trouble = problem === null ? "" : paint("bad", `  ${symbol("bad", style)} ${safeFirstLine(problem)}\n`, style);
  const apart =
    new Set(proxies.map(({ active, share }) => `${active} ${share}`)).size > 1
      ? paint("bad", `  ${symbol("bad", style)} the proxies do not agree\n`, style)
      : "";
  return `${head}\n${trouble}${apart}${proxies.map((proxy) => proxyText(proxy, style)).join("")}`;
}

function proxyText(view: ProxyView, style: Style): string {
  const rows = view.members.map(({ side, host, rotation, up, inFlight, queued }): (Cell | string)[] => [
    safeLine(host),
    side === view.active ? `${side}, active` : side,
    { text: rotation, look: rotationLook(rotation) },
    up === "unknown" ? { text: "not known", look: "quiet" } : { text: up ? "up" : "down", look: up ? "good" : "bad" },
    inFlight === "unknown" ? { text: "not known", look: "quiet" } : grouped(inFlight),
    queued === 0 ? "" : { text: grouped(queued), look: "warn" },
  ]);
  const titles = ["HOST", "SIDE", "ROTATION", "CHECK", "IN FLIGHT", "QUEUED"];
  const body = table(titles, rows, style).replaceAll(/^(?=.)/gm, "  ");
  return `${view.proxy === "" ? "" : `${paint("strong", safeLine(view.proxy), style)}  `}${sideWords(view)}\n${body}`;
}

/** `blue is active, 5 % of the traffic on green`. */
export function sideWords({ active, share }: Pick<ProxyView, "active" | "share">): string {
  return share === 0
    ? `${active} has all traffic`
    : `${active} is active, ${shareWords(Math.min(share, WHOLE))} on ${otherSide(active)}`;
}

/** Hosts that are not in rotation on any side of any proxy; those of the idle side are none of them. */
export function outOfRotation(proxies: readonly ProxyView[]): readonly string[] {
  const hosts = new Set(proxies.flatMap(({ members }) => members.map(({ host }) => host)));
  return [...hosts].filter((host) =>
    proxies.some(({ members }) => members.every((member) => member.host !== host || member.rotation !== "in")),
  );
}

export function outWords(proxies: readonly ProxyView[]): string | undefined {
  const hosts = outOfRotation(proxies).map(safeLine);
  return hosts.length === 0 ? undefined : `out of rotation: ${named(hosts, 8)}`;
}

function rotationLook(rotation: ProxyView["members"][number]["rotation"]): Look {
  if (rotation === "in") return "good";
  return rotation === "draining" ? "warn" : "quiet";
}
