/**
 * Prints how many changes a second the store makes durable, and how long one takes:
 * `node src/adapters/store/commit-rate.ts [directory]`. The directory should lie on the disk in question.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Deployment } from "../../core/deployment.ts";
import { append, id, requested } from "../../ports/store.samples.ts";
import { openSqliteStore } from "./sqlite.ts";

const seconds = 5;
const directory = mkdtempSync(join(process.argv[2] ?? tmpdir(), "signalbox-rate-"));
const clock = { now: () => Date.now(), sleep: () => Promise.resolve() };
const store = await openSqliteStore({ directory, clock, reserveBytes: 0 });

/** What a step costs: an event, its deployment's row, and a row of the audit log. */
let known: { id: string; deployment?: Deployment } = { id: id(1) };
const times: number[] = [];
for (const end = performance.now() + seconds * 1000; performance.now() < end;) {
  const begun = performance.now();
  const journal = append(known, 1, known.deployment === undefined ? [requested()] : [{ kind: "resumed", by: "kim" }]);
  const audit = [{ actor: "kim", action: "resume", object: known.id, detail: {} }];
  await store.commit({ at: 1, journals: [journal], audit });
  known = { id: known.id, deployment: journal.after };
  times.push(performance.now() - begun);
}
await store.close();
rmSync(directory, { recursive: true });

const sorted = times.toSorted((a, b) => a - b);
const at = (share: number): string => sorted[Math.floor(share * (sorted.length - 1))]!.toFixed(2);
const rate = Math.round(times.length / seconds);
process.stdout.write(`${rate} commits/s, median ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${at(1)} ms\n`);
