/** What is written with a deployment of a revision: what the place was asked for last, and where that is shown. */
import { fullRef } from "../../core/trigger-push.ts";
import type { PushedRef } from "../../core/trigger-push.ts";
import type { Target } from "../../core/service.ts";
import type { Settings } from "../../core/settings.ts";
import type { Commit } from "../../ports/git.ts";
import type { Along } from "../request.ts";
import { reportTo } from "./report-to.ts";

/** The tip of a ref that is deployed because of a push, and the version of what was known when it was decided. */
export interface FoundTip {
  readonly expected: number;
  readonly ref: PushedRef;
  /** The hook that told of it; missing when it was found by looking. */
  readonly hook?: string | undefined;
}

/** Somebody who asks by name is right whatever was known; a push only if nothing else became known meanwhile. */
export function alongOf(
  { service, environment, source }: Target,
  { revision, committedAt }: Commit,
  settings: Pick<Settings, "hooks">,
  found?: FoundTip,
): Along {
  const asked = { revision, committedAt, ...(found === undefined ? {} : { ref: found.ref }) };
  const seen = found === undefined ? {} : { seen: { ref: fullRef(found.ref), revision } };
  const to = source === undefined ? undefined : reportTo(source.git, settings.hooks(), found?.hook);
  const place = `${service}@${environment}`;
  return (deployment) => ({
    places: [{ service, environment, expected: found?.expected ?? null, requested: asked, ...seen }],
    ...(to === undefined ? {} : { reports: [{ key: deployment, ...to, revision, place, deployment, words: null }] }),
  });
}
