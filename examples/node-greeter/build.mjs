// Puts what is deployed into dist/, and nothing else.
import { cpSync, rmSync } from "node:fs";

rmSync("dist", { recursive: true, force: true });
for (const file of ["server.mjs", "service.mjs", "behaviour.mjs", "witness.mjs", "behaviour.properties"]) cpSync(file, `dist/${file}`);
