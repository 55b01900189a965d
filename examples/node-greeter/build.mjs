// Puts what is deployed into dist/, and nothing else.
import { cpSync, rmSync } from "node:fs";

rmSync("dist", { recursive: true, force: true });
const deployed = ["server.mjs", "service.mjs", "behaviour.mjs", "witness.mjs", "behaviour.properties"];
for (const file of deployed) cpSync(file, `dist/${file}`);
