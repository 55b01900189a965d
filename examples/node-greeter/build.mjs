// Puts what is deployed into dist/, and nothing else.
import { cpSync, rmSync } from "node:fs";

rmSync("dist", { recursive: true, force: true });
const modules = ["server.mjs", "service.mjs", "behaviour.mjs", "websocket.mjs", "witness.mjs"];
for (const file of [...modules, "behaviour.properties"]) cpSync(file, `dist/${file}`);
