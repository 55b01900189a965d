/** A configuration file, read from the disk and valid. */
import { readFile } from "node:fs/promises";

import { SettingsRefused } from "../core/settings.ts";
import { explain } from "./explain.ts";
import { loadConfiguration } from "./load.ts";
import type { Configuration } from "./load.ts";

/** @throws {SettingsRefused} with every problem of the file */
export async function readConfiguration(file: string): Promise<Configuration> {
  const { configuration, problems } = loadConfiguration(await readFile(file, "utf8"), file);
  if (configuration === undefined) throw new SettingsRefused(explain(problems));
  return configuration;
}
