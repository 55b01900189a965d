/** Brings a new, rebuilt or left-behind host to what its environments serve. */
import type { Settings } from "../core/settings.ts";
import { UnknownName } from "../core/settings.ts";
import { requestDeploy } from "./request-by-name.ts";
import { successionOf } from "./succession.ts";
import type { World } from "./world.ts";

/** @returns the ids of the deployments, one for each service that the host should run */
export async function syncHost(host: string, by: string, settings: Settings, world: World): Promise<readonly string[]> {
  if (!settings.fleet().has(host))
    throw new UnknownName(`there is no host ${host}; the hosts are ${[...settings.fleet().keys()].join(", ")}`);
  const ids: string[] = [];
  for (const { service, environment, hosts } of settings.targets()) {
    if (!hosts.includes(host)) continue;
    const { current } = successionOf(await world.store.deployments({ service, environment }));
    if (current === undefined) continue;
    const origin = { kind: "release", number: current } as const;
    ids.push(
      await requestDeploy(
        { service, environment, origin, hosts: [host], reason: `bring ${host} to release ${current}` },
        by,
        { world, settings },
      ),
    );
  }
  return ids;
}
