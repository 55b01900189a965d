/**
 * `npm run soak:crash -- --kills 200 --for 30m`: deployments under kill -9 for a long time.
 *
 * Resumable: each round's tally is appended to `soak-crash.jsonl` in the results directory, and the sums of all runs
 * are printed at the end.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";

import { startTestbed } from "../testbed/testbed.ts";
import { crashStory, emptyTally } from "../test/support/crash-story.ts";
import type { Tally } from "../test/support/crash-story.ts";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "100" },
    for: { type: "string", default: "60m" },
    results: { type: "string", default: path.join(import.meta.dirname, "results") },
  },
});
const limit = Number(values.kills);
const until = Date.now() + Number.parseFloat(values.for) * (values.for.endsWith("h") ? 3_600_000 : 60_000);
const hosts = ["web-1", "web-2"];
mkdirSync(values.results, { recursive: true });
const file = path.join(values.results, "soak-crash.jsonl");

const bed = await startTestbed({ hosts, say: (line) => process.stderr.write(`${line}\n`) });
const story = await crashStory(bed, hosts);
let kills = 0;
try {
  while (kills < limit && Date.now() < until) {
    const tally = emptyTally();
    await story.round(tally);
    kills += tally.kills;
    appendFileSync(file, `${JSON.stringify({ at: new Date(Date.now()).toISOString(), ...tally })}\n`);
    process.stderr.write(`${kills} of ${limit} kills${tally.notes.map((note) => `\n  ${note}`).join("")}\n`);
  }
} finally {
  await story.close();
  await bed.stop();
}

const all = existsSync(file)
  ? readFileSync(file, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Tally)
  : [];
const sum = (key: Exclude<keyof Tally, "notes">): number => all.reduce((total, tally) => total + tally[key], 0);
process.stdout.write(
  `in all: ${sum("kills")} kills in ${sum("deployments")} deployments: ${sum("stuck")} stuck, ${sum("wrong")} wrong, ${sum("doubled")} activated twice, ${sum("left")} left something behind\n`,
);
