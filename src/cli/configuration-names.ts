/** The names in a configuration file, for completion: read from the file, because asking a server takes too long. */
import { readFile } from "node:fs/promises";

import { configurationFile } from "./connect.ts";

export type NameKind = "service" | "environment" | "host";

/** No names where the file can't be read: completion never complains. */
export async function namesOf(kind: string, configFile: string | undefined): Promise<readonly string[]> {
  try {
    const file = await configurationFile(configFile);
    const { loadConfiguration } = await import("../config/load.ts");
    const { configuration } = loadConfiguration(await readFile(file, "utf8"), file);
    if (configuration === undefined) return [];
    const { services, environments, hosts } = configuration;
    const names: Readonly<Record<string, ReadonlyMap<string, unknown>>> = {
      service: services,
      environment: environments,
      host: hosts,
    };
    return [...(names[kind]?.keys() ?? [])].sort();
  } catch {
    return [];
  }
}
