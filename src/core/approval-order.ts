/** Which deployment takes the place of which other one that has not begun its rollout. */
import type { Deployment, Request } from "./deployment.ts";
import { onlyWatches } from "./waits.ts";

/** A newer one replaces an older one to no other hosts. Ways back and restarts replace nothing. */
export function mayTakePlaceOf(newer: Request, { request, prepare }: Deployment): boolean {
  if (newer.kind !== "deploy" || request.kind !== "deploy") return false;
  return prepare?.target.hosts.some((host) => newer.hosts?.includes(host) === false) !== true;
}

/** Who can't wait makes no room for somebody who can: only another broken glass takes the place of one. */
export function isMoreUrgentThan({ request }: Deployment, newer: Request): boolean {
  return request.breakGlass !== undefined && newer.breakGlass === undefined;
}

/** What people were asked about, or will be asked about next, makes room only when the newer one has a plan to show. */
export function isKnownToApprovers({ approval, waitsBehind }: Deployment): boolean {
  return approval !== undefined || waitsBehind !== undefined;
}

/** Approved or past all approvals, and its rollout is not through: nobody can say yet what the next one would start from. */
export function holdsTheNext(deployment: Deployment): boolean {
  const { approval, request, finished } = deployment;
  const isComing = approval?.given !== undefined || request.breakGlass !== undefined;
  return isComing && finished === undefined && !onlyWatches(deployment);
}
