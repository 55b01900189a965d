// A greeting service. How it starts, answers and stops is in service.mjs.

import { hostname } from "node:os";

import { answer, release, serve } from "./service.mjs";

const VERSION = "1.0.0"; // Changing this line is the smallest new release.

await serve({
  name: "greeter",
  version: VERSION,
  routes: {
    "GET /": (request, response) => answer(response, 200, `Hello from release ${release} on ${hostname()}\n`),
  },
});
