/**
 * Commits for ever, and says so after each commit. `sqlite-crash.test.ts` kills it.
 *
 * Change n leaves a trace in each table, so that half a change can be told from a whole one.
 */
import { writeSync } from "node:fs";

import { append, aRelease, id, requested } from "../../ports/store.samples.ts";
import { openSqliteStore } from "./sqlite.ts";

const clock = { now: () => Date.now(), sleep: () => Promise.resolve() };
const store = await openSqliteStore({ directory: process.argv[2]!, clock, reserveBytes: 0 });

for (let n = (await store.deployments({ limit: 1 }))[0]?.number ?? 0; ;) {
  n += 1;
  const place = { service: "orders", environment: "production", deployment: id(n) };
  await store.commit({
    at: n,
    journals: [append({ id: id(n) }, n, [requested(), { kind: "pause-requested", by: "x".repeat(n % 5000) }])],
    releaseLocksOf: [id(n - 1)],
    takeLocks: { owner: id(n), reason: "deploy", resources: ["host:a", "host:b"] },
    releases: [{ ...place, release: aRelease(n), verdict: "unproven" }],
    audit: [{ actor: "kim", action: "request", object: id(n), detail: {} }],
  });
  writeSync(1, `${n}\n`);
}
