/** What starts deployments: who tells of pushes, and the rules of all services in all environments. */
import type { TriggerHook } from "../core/trigger-hook.ts";
import type { TriggerRule } from "../core/trigger.ts";
import { layersOf } from "./layers.ts";
import type { Configuration } from "./load.ts";
import { placesOfServices, policyOf } from "./resolve.ts";
import { sourceOf } from "./resolve-service.ts";
import { webhookOf } from "./webhook.ts";

export function webhooksOf({ webhooks }: Configuration): readonly TriggerHook[] {
  return [...webhooks].flatMap(([name, settings]) => webhookOf(name, settings) ?? []);
}

/** One for each service with a source in each environment, in the order of the file. */
export function triggerRulesOf(configuration: Configuration): readonly TriggerRule[] {
  return placesOfServices(configuration).flatMap(({ service, environment }) => {
    const source = sourceOf(layersOf(configuration, service, environment));
    if (source === undefined) return [];
    const { branch, branches, tags, paths, on } = policyOf(configuration, environment).deploys;
    // Somebody who names tags alone does not mean every push to the main branch.
    const usual = branch ?? (tags === undefined ? source.branch : undefined);
    return [
      {
        service,
        environment,
        repository: source.git,
        on,
        branches: branches ?? (usual === undefined ? [] : [usual]),
        tags: tags ?? [],
        ...(paths === undefined ? {} : { paths }),
      },
    ];
  });
}
