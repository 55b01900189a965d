/** Lets the server forget artifacts that nobody deploys again: the hosts keep their releases by their own rule. */
import type { World } from "./world.ts";

/** Per service and environment the newest ones stay: to send differences against, and to deploy again. */
const keptReleases = 10;
/** What was taken in lately may still be waiting for its deployment. */
const youngMilliseconds = 7 * 24 * 60 * 60 * 1000;

export async function forgetArtifacts({ store, artifacts, clock }: World): Promise<readonly string[]> {
  const places = new Map(
    (await store.deployments({})).map(({ service, environment }) => [
      `${service}@${environment}`,
      { service, environment },
    ]),
  );
  const kept = new Set<string>();
  for (const { service, environment } of places.values()) {
    const rows = await store.releases(service, environment);
    const newestFirst = rows.toSorted((a, b) => b.release.number - a.release.number);
    for (const { release } of newestFirst.slice(0, keptReleases)) kept.add(release.artifact.sha256);
  }
  return artifacts.keepOnly(kept, clock.now() - youngMilliseconds);
}
