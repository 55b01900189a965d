/** A service in an environment as far as it can be read: what its relations to all others are checked with. */
import type { Draft } from "./draft.ts";
import type { Layer } from "./layers.ts";
import { layersOf, pathOf, strongest } from "./layers.ts";
import type { PathStep } from "./problems.ts";
import type { SlotsSettings } from "./slots.ts";
import type { DetailedTraffic, ProxySettings } from "./traffic.ts";

export interface Placement {
  readonly service: string;
  readonly environment: string;
  readonly layers: readonly Layer[];
  readonly hosts: readonly string[];
  readonly root: string;
  /** Of the one copy on each host; with slots there is none. */
  readonly port: number | undefined;
  readonly slots: Partial<SlotsSettings> | undefined;
  readonly proxy: ProxyDraft | undefined;
}

/** A proxy's part of the traffic, of which anything may be missing. */
export interface ProxyDraft {
  readonly path: readonly PathStep[];
  readonly hosts: readonly string[];
  readonly name: string;
  readonly bind: number | undefined;
}

export function* placementsOf(draft: Draft): Generator<Placement> {
  for (const [environment, { services }] of draft.environments) {
    for (const service of services.keys()) {
      if (!draft.services.has(service)) continue;
      const layers = layersOf(draft, service, environment);
      const hosts = strongest(layers, "hosts") ?? [];
      const root = strongest(layers, "root") ?? `/srv/${service}`;
      const slots = strongest(layers, "slots");
      const port = slots === undefined ? strongest(layers, "port") : undefined;
      yield { service, environment, layers, hosts, root, port, slots, proxy: proxyOf(service, layers) };
    }
  }
}

/** Every port that the service itself listens on on each of its hosts. */
export function portsOf({ port, slots }: Pick<Placement, "port" | "slots">): readonly number[] {
  return [port, slots?.blue, slots?.green].filter((port) => port !== undefined);
}

/** The traffic in its long form; missing for `none`. */
export function detailedTraffic(layers: readonly Layer[]): DetailedTraffic | undefined {
  const traffic = strongest(layers, "traffic");
  return traffic === "none" ? undefined : traffic;
}

/** Whether it can send a share of the requests to the side that is not active, and switch sides. */
export function sharesTraffic(layers: readonly Layer[]): boolean {
  const { haproxy, nginx, command } = detailedTraffic(layers) ?? {};
  return haproxy !== undefined || nginx !== undefined || command?.shares === true;
}

function proxyOf(service: string, layers: readonly Layer[]): ProxyDraft | undefined {
  const traffic = detailedTraffic(layers);
  const kind = traffic?.haproxy === undefined ? "nginx" : "haproxy";
  const given: Partial<ProxySettings> | undefined = traffic?.[kind];
  if (given === undefined) return undefined;
  const { hosts = [], name = service, bind } = given;
  return { path: [...pathOf(layers, "traffic"), kind], hosts, name, bind };
}
