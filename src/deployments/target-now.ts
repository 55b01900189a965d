/** What a service is in an environment now, where nobody deploys a revision that would say it. */
import type { Target } from "../core/service.ts";
import type { Settings } from "../core/settings.ts";
import { SettingsRefused } from "../core/settings.ts";
import type { World } from "./world.ts";

/** The name of the file in a service's repository that may narrow the configuration. */
export const serviceFile = "signalbox.service.yml";

/**
 * As the configuration has it. Where that alone is not enough, because the service says the rest in its own file: with
 * the file of a revision, or of the release that was made last. The server's mirror has it; nobody's git is asked.
 *
 * @throws {SettingsRefused} when it is not enough with the file, either
 */
export async function targetNow(
  {
    service,
    environment,
    revision,
  }: { readonly service: string; readonly environment: string; readonly revision?: string },
  { settings, world }: { readonly settings: Settings; readonly world: Pick<World, "git" | "store"> },
): Promise<Target> {
  try {
    return settings.target(service, environment);
  } catch (error) {
    if (!(error instanceof SettingsRefused)) throw error;
    const source = settings.source(service, environment);
    const known = revision ?? (await lastRevision(service, environment, world));
    if (source === undefined || known === undefined) throw error;
    const own = await world.git.readFile(source, known, serviceFile).catch(() => undefined);
    if (own === undefined) throw error;
    return settings.target(service, environment, own);
  }
}

async function lastRevision(
  service: string,
  environment: string,
  { store }: Pick<World, "store">,
): Promise<string | undefined> {
  const rows = await store.releases(service, environment);
  return rows.find(({ release }) => release.revision !== undefined)?.release.revision;
}
