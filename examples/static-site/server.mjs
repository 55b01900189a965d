// Static files and the small server that brings them.
// A ready-made file server has no health check, names no release and cuts answers short when it is stopped.
// How this one starts, answers and stops is in service.mjs.

import { readdirSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { extname } from "node:path";

import { answer, release, serve } from "./service.mjs";

const VERSION = "1.0.0"; // Changing this line is the smallest new release; changing a page makes one too.

const contentTypes = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".png": "image/png",
  ".svg": "image/svg+xml",
};

// Read once, from beside this file: a page never mixes two releases, and no path of a request ever reaches the disk.
const site = new URL("site/", import.meta.url);
const routes = {};
for (const file of readdirSync(site)) {
  const content = readFileSync(new URL(file, site));
  routes[`GET /${file}`] = (request, response) => answer(response, 200, content, contentTypes[extname(file)]);
}

const front = readFileSync(new URL("index.html", site), "utf8")
  .replaceAll("{{release}}", release)
  .replaceAll("{{host}}", hostname());
routes["GET /"] = (request, response) => answer(response, 200, front, contentTypes[".html"]);

await serve({ name: "site", version: VERSION, routes });
