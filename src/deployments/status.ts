/** What runs where: what the last deployments left, and on request what the hosts say now. */
import { finalStates } from "../core/deployment.ts";
import { fold } from "../core/fold.ts";
import { releaseTitle } from "../core/release.ts";
import type { Target } from "../core/service.ts";
import type { Settings } from "../core/settings.ts";
import type { Side } from "../core/traffic.ts";
import { watchTimes } from "../core/waits.ts";
import { freezeAt } from "../core/freeze.ts";
import type { DeploymentSummary, HeldLock } from "../ports/store.ts";
import { rolloutLock } from "./admit.ts";
import { inspect } from "./inspect.ts";
import { successionOf } from "./succession.ts";
import { isAmong, trafficOf } from "./traffic.ts";
import type { TrafficStatus } from "./traffic.ts";
import { targetNow } from "./target-now.ts";
import type { World } from "./world.ts";

export interface HostStatus {
  readonly name: string;
  /** `null` when it was not asked or could not answer. */
  readonly release: string | null;
  readonly active: string;
  readonly drifted: boolean;
  readonly problem: string | null;
}

export interface PlaceStatus {
  readonly service: string;
  readonly environment: string;
  readonly hosts: readonly HostStatus[];
  readonly release: number | null;
  readonly previous: number | null;
  readonly lastDeployment: DeploymentSummary | null;
  readonly lock: Omit<HeldLock, "resource"> | null;
  /** The last deployment serves everywhere and only watches now; times are milliseconds since 1970. */
  readonly watch: { readonly watchedUntil: number | null; readonly warmUntil: number | null } | null;
  /** What is frozen now, until when, and why; `null` when nothing is. */
  readonly freeze: string | null;
  /** `null` when the proxies were not asked, or there are none. */
  readonly traffic: TrafficStatus | null;
}

export interface StatusFilter {
  readonly service?: string | undefined;
  readonly environment?: string | undefined;
  /** Only places in one of these. */
  readonly environments?: readonly string[] | "every";
  readonly live: boolean;
}

const limitMilliseconds = 30_000;

export async function status(filter: StatusFilter, settings: Settings, world: World): Promise<readonly PlaceStatus[]> {
  const locks = await world.store.locks();
  const calendar = await world.store.freezes.calendar();
  const places = settings
    .targets()
    .filter(
      ({ service, environment }) =>
        (filter.service ?? service) === service &&
        (filter.environment ?? environment) === environment &&
        isAmong(filter.environments, environment),
    );
  return Promise.all(
    places.map(async ({ service, environment, hosts }): Promise<PlaceStatus> => {
      const deployments = await world.store.deployments({ service, environment, limit: 200 });
      const { current, earlier } = successionOf(deployments);
      const target = filter.live ? await targetNow({ service, environment }, { settings, world }) : undefined;
      const traffic = target === undefined ? null : await trafficOf(target, world);
      return {
        service,
        environment,
        hosts: target === undefined ? hosts.map(unasked) : await live(target, traffic?.proxies[0]?.active, world),
        release: current ?? null,
        previous: earlier.find((release) => release !== current) ?? null,
        lastDeployment: deployments[0] ?? null,
        lock: lockOf(locks, rolloutLock({ service, environment })),
        freeze: freezeAt(calendar, { service, environment }, world.clock.now())?.sentence ?? null,
        watch: await watchOf(deployments[0], world),
        traffic,
      };
    }),
  );
}

/** @param active the side that serves: of two copies on a host, its one is what users get */
async function live(target: Target, active: Side | undefined, world: World): Promise<readonly HostStatus[]> {
  const { id: installation } = await world.store.installation();
  const seen = await inspect(target, world, AbortSignal.timeout(limitMilliseconds));
  return seen.map((inspection) => {
    if ("problem" in inspection) return { ...unasked(inspection.host), problem: inspection.problem };
    const { facts } = inspection;
    const { drifted, installation: owner } = facts;
    const { current, active: unit } = (active === undefined ? undefined : facts.slots[active]) ?? facts;
    const problem = owner === "" || owner === installation ? null : `it belongs to the installation ${owner} now`;
    return { name: inspection.host, release: releaseTitle(current), active: unit, drifted, problem };
  });
}

/** How long the new release is watched, and the old one stays warm, as the journal of the last deployment says. */
async function watchOf(last: DeploymentSummary | undefined, { store }: World): Promise<PlaceStatus["watch"]> {
  if (last === undefined || finalStates.has(last.state)) return null;
  const times = watchTimes(fold(last.id, await store.journal(last.id)));
  if (times === undefined) return null;
  return { watchedUntil: times.watchedUntil ?? null, warmUntil: times.warmUntil ?? null };
}

function lockOf(locks: readonly HeldLock[], wanted: string): PlaceStatus["lock"] {
  const held = locks.find(({ resource }) => resource === wanted);
  return held === undefined ? null : { owner: held.owner, reason: held.reason, since: held.since };
}

function unasked(name: string): HostStatus {
  return { name, release: null, active: "", drifted: false, problem: null };
}
