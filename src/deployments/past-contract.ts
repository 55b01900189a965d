/** Which releases can't be served any more, because a later one took away data that they need. */
import { fold } from "../core/fold.ts";
import { hasTakenDataAway } from "../core/migrations.ts";
import type { DeploymentSummary, ReleaseRow } from "../ports/store.ts";
import type { World } from "./world.ts";

/** There is nothing to go back to, or it is known to be bad. */
export class NoWayBack extends Error {
  override readonly name = "NoWayBack";
}

/**
 * Data that a later release took away does not come back by serving an older one.
 *
 * @throws {NoWayBack}
 */
export async function refusePastContract(
  { release, deployment }: ReleaseRow,
  done: readonly DeploymentSummary[],
  { store }: Pick<World, "store">,
): Promise<void> {
  const first = done.findIndex(({ id }) => id === deployment);
  const later = (first === -1 ? done : done.slice(0, first)).filter(({ kind }) => kind === "deploy");
  for (const { id, number } of later) {
    if (!hasTakenDataAway(fold(id, await store.journal(id)))) continue;
    throw new NoWayBack(
      `d-${number} ran a contract migration, which took away data that release ${release.number} needs; nothing was changed. Deploy a release that works with the data as it is now`,
    );
  }
}
