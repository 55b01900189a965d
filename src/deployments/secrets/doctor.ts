/** Which secrets the configuration names that have no value, or one that can't be read. */
import type { Settings } from "../../core/settings.ts";
import type { Finding } from "../finding.ts";
import type { World } from "../world.ts";
import { checkSecrets } from "./keep-secrets.ts";

export async function examineSecrets(settings: Settings, world: Pick<World, "secrets">): Promise<readonly Finding[]> {
  const checked = await checkSecrets(settings, world);
  if (checked.length === 0) return [];
  const missing = checked.flatMap(({ name, neededBy, environment, problem }): readonly Finding[] => {
    if (problem === undefined) return [];
    const where = environment === null ? "" : ` --environment ${environment}`;
    const message = `${neededBy} needs the secret ${name}: ${problem.split("\n")[0]}`;
    return [{ host: null, check: "secrets", level: "problem", message, cure: `signalbox secrets set ${name}${where}` }];
  });
  if (missing.length > 0) return missing;
  const message =
    checked.length === 1 ? "the one that is named has a value" : `all ${checked.length} that are named have a value`;
  return [{ host: null, check: "secrets", level: "ok", message, cure: null }];
}
