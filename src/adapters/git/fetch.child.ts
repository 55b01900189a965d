/** A server that fetches, to be killed by a test: `node fetch.child.ts DATA URL`. */
import { systemGit } from "./index.ts";

const [, , directory = "", git = ""] = process.argv;
const clock = { now: () => Date.now(), sleep: async () => {} };

await systemGit({ directory, clock, plainHttp: ["127.0.0.1"] }).fetch(
  { git, branch: "main", submodules: false, hostKeys: [] },
  "main",
  { signal: new AbortController().signal, log: () => {} },
);
