/** Which releases may leave a host. */
import type { HostFacts } from "./host-facts.ts";
import type { ReleaseId } from "./release.ts";

/**
 * Releases beyond the newest `keep`, never the current one, the previous one, or one that somebody still needs.
 *
 * Age is the release's number: clocks and file times lie.
 */
export function removable(
  { releases, current, previous }: Pick<HostFacts, "releases" | "current" | "previous">,
  keep: number,
  needed: ReadonlySet<ReleaseId>,
): readonly ReleaseId[] {
  const newestFirst = Object.keys(releases).toSorted((a, b) => numberOf(b) - numberOf(a));
  return newestFirst.slice(keep).filter((id) => id !== current && id !== previous && !needed.has(id));
}

function numberOf(id: ReleaseId): number {
  return Number.parseInt(id, 10);
}
