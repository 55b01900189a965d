/** What the proxies of services say now, outside of any deployment: for `traffic show` and `status`. */
import type { Target } from "../core/service.ts";
import type { Settings } from "../core/settings.ts";
import { PROXIES } from "../core/step.ts";
import type { TrafficFacts, TrafficState } from "../core/traffic.ts";
import { inspectTraffic } from "../steps/inspect-traffic.ts";
import { imagined } from "./inspect.ts";
import { targetNow } from "./target-now.ts";
import type { World } from "./world.ts";

export interface TrafficStatus {
  readonly service: string;
  readonly environment: string;
  readonly kind: Target["traffic"]["kind"];
  readonly proxies: readonly TrafficState[];
  /** Why they could not be asked. */
  readonly problem: string | null;
}

export interface TrafficFilter {
  readonly service?: string | undefined;
  readonly environment?: string | undefined;
  /** Only places in one of these. */
  readonly environments?: readonly string[] | "every";
}

const limitMilliseconds = 30_000;

/** Every service that has traffic of ours, in the order of the configuration. */
export async function trafficStatus(
  filter: TrafficFilter,
  settings: Settings,
  world: World,
): Promise<readonly TrafficStatus[]> {
  const places = settings
    .targets()
    .filter(
      ({ service, environment }) =>
        (filter.service ?? service) === service &&
        (filter.environment ?? environment) === environment &&
        isAmong(filter.environments, environment),
    );
  const all = places.map(async (place) => trafficOf(await targetNow(place, { settings, world }), world));
  return (await Promise.all(all)).filter((status) => status !== null);
}

export function isAmong(environments: readonly string[] | "every" | undefined, one: string): boolean {
  return environments === undefined || environments === "every" || environments.includes(one);
}

/** What a plan has to know of the proxies; `facts` is missing where there is no traffic of ours. */
export async function askTraffic(
  target: Target,
  world: World,
  signal: AbortSignal,
): Promise<{ readonly facts?: TrafficFacts } | { readonly problem: string }> {
  if (target.traffic.kind === "none") return {};
  const outcome = await inspectTraffic.perform(
    { kind: "inspect-traffic", hosts: [PROXIES] },
    {
      deployment: imagined(target, { kind: "revision", ref: "" }, world.clock.now()),
      target,
      host: PROXIES,
      installation: "",
      key: "inspection",
      known: [],
      epoch: 0,
      ports: world,
      log: () => {},
      isCalledOff: () => false,
      signal,
    },
  );
  if (outcome.kind !== "done") return { problem: outcome.message };
  return outcome.result?.kind === "traffic" ? { facts: outcome.result.traffic } : { problem: "they said nothing" };
}

/** Asks the proxies of one service; nothing where there is no traffic of ours. What fails is said, never thrown. */
export async function trafficOf(target: Target, world: World): Promise<TrafficStatus | null> {
  const { service, environment, traffic } = target;
  if (traffic.kind === "none") return null;
  const asked = { service, environment, kind: traffic.kind };
  try {
    const proxies = await world.traffic.states(target, AbortSignal.timeout(limitMilliseconds));
    return { ...asked, proxies, problem: null };
  } catch (error) {
    return { ...asked, proxies: [], problem: error instanceof Error ? error.message : String(error) };
  }
}
