/** What a service serves in an environment, and what it served before, by the deployments that succeeded. */
import { succession } from "../core/succession.ts";
import type { Succession } from "../core/succession.ts";
import type { DeploymentSummary } from "../ports/store.ts";

export function successionOf(deployments: readonly DeploymentSummary[]): Succession {
  return succession(
    deployments.flatMap(({ state, kind, release, onlyHosts }) =>
      state === "succeeded" && release !== null ? [{ kind, release, partial: onlyHosts !== null }] : [],
    ),
  );
}
