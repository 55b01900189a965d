/** What root must let the server do on a host with a proxy: one list for each service that is reached through it. */
import { membersOf } from "../core/members.ts";
import { memberName } from "../core/traffic.ts";
import type { Member } from "../core/traffic.ts";
import { layersOf, strongest } from "./layers.ts";
import type { Configuration } from "./load.ts";
import { groundOf, placesOfServices } from "./resolve.ts";
import { addressWithPort } from "./resolve-traffic.ts";

/** By place, `<service>.<environment>`: the lines of the file in `proxies.d`. */
export function proxyPlacesOf(configuration: Configuration, proxy: string): ReadonlyMap<string, readonly string[]> {
  const places = placesOfServices(configuration).flatMap(({ service, environment }) => {
    const lines = linesOf(configuration, service, environment, proxy);
    return lines === undefined ? [] : [[`${service}.${environment}`, lines] as const];
  });
  return new Map(places);
}

function linesOf(
  configuration: Configuration,
  service: string,
  environment: string,
  proxy: string,
): readonly string[] | undefined {
  const layers = layersOf(configuration, service, environment);
  const traffic = strongest(layers, "traffic");
  if (traffic === undefined || traffic === "none") return undefined;
  const kind = traffic.haproxy === undefined ? "nginx" : "haproxy";
  const given = traffic[kind];
  if (given?.hosts.includes(proxy) !== true) return undefined;
  const { name = service, bind, testers } = given;
  // An nginx with such a limit has no queue: it answers 502 to everybody above it.
  const maxConnections = traffic.haproxy?.maxConnections;
  const health = strongest(layers, "health");
  const ground = groundOf(configuration, service, environment);
  return [
    `kind=${kind}`,
    `name=${name}`,
    `bind=${bind}`,
    `check=${health?.http ?? "tcp"}`,
    ...(testers === undefined ? [] : [`testers=${testers}`]),
    ...(maxConnections === undefined ? [] : [`max-conn=${maxConnections}`]),
    ...membersOf(ground).map((member) => `member=${memberName(member)}=${addressOf(configuration, member, proxy)}`),
    `owner=${configuration.fleet.get(proxy)?.user ?? "deploy"}`,
  ];
}

/** Where the proxy reaches a member. */
function addressOf({ fleet }: Configuration, { host, port }: Member, proxy: string): string {
  return host === proxy ? `127.0.0.1:${port}` : addressWithPort(fleet.get(host)?.address ?? host, port);
}
