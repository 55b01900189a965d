/** Writes docs/configuration.md and docs/signalbox.schema.json: `node src/config/write-reference.ts`. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { generatedFiles } from "./generated.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

for (const { path, text } of generatedFiles()) writeFileSync(`${root}${path}`, text);
execFileSync(`${root}node_modules/.bin/oxfmt`, ["docs/signalbox.schema.json"], { cwd: root });
