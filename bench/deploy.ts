/**
 * `npm run bench:deploy`: the same release onto 10 and 30 real hosts, by Signalbox and by others, side by side.
 *
 *     node bench/deploy.ts [--hosts 10,30] [--runs 3] [--row "lower bound" --row Signalbox] [--json FILE]
 *
 * The hosts share this machine's processors with whoever deploys, so seconds tell little by themselves: compare the
 * ratios, processor time and counts. docs/performance.md says what is aimed at.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";

import { ansible } from "./peers/ansible.ts";
import { capistrano } from "./peers/capistrano.ts";
import { lowerBound } from "./peers/lower-bound.ts";
import type { OpenPeer, Peer, Row } from "./peers/peer.ts";
import { signalbox } from "./peers/signalbox.ts";
import { Fleet } from "./support/fleet.ts";
import { measure, median, type Figures } from "./support/measure.ts";
import { makeRelease } from "./support/release.ts";
import { table, type Measured } from "./support/table.ts";

const { values } = parseArgs({
  options: {
    hosts: { type: "string", default: "10,30" },
    runs: { type: "string", default: "3" },
    row: { type: "string", multiple: true, default: [] },
    json: { type: "string" },
  },
});
const runs = Number(values.runs);
const wanted = values.row;
/** The first is what the others are measured by. */
const deployers: readonly OpenPeer[] = [lowerBound, signalbox, capistrano, ansible];
const say = (text: string): void => void process.stderr.write(`${text}\n`);

const isWanted = ({ title }: Row): boolean => wanted.length === 0 || wanted.some((start) => title.startsWith(start));

/** The rows one after the other, and again, so that what else happens on this machine meets all of them. */
async function bench(fleet: Fleet, directory: string): Promise<Measured[]> {
  const peers: Peer[] = [];
  try {
    for (const open of deployers) {
      const peer = await open(fleet);
      if (typeof peer === "string") {
        say(peer);
        continue;
      }
      peers.push(peer);
      if (peer.rows.some(isWanted)) await peer.begin(await makeRelease(directory));
    }
    const rows = peers.flatMap(({ rows, group }) => rows.filter(isWanted).map((row) => ({ row, group })));
    const figures = new Map<Row, Figures[]>(rows.map(({ row }) => [row, []]));
    for (let round = 1; round <= runs; round += 1) {
      for (const { row, group } of rows) {
        const release = await makeRelease(directory);
        await row.prepare?.(release);
        const one = await measure(fleet, group, () => row.run(release));
        figures.get(row)!.push(one);
        say(`${fleet.size} hosts, round ${round}, ${row.title}: ${JSON.stringify(one)}`);
      }
    }
    return rows.map(({ row }) => ({ hosts: fleet.size, row, runs, figures: median(figures.get(row)!) }));
  } finally {
    for (const peer of peers) await peer.close();
  }
}

const directory = await mkdtemp(path.join(tmpdir(), "signalbox-bench-"));
const all: Measured[] = [];
try {
  for (const size of values.hosts.split(",").map(Number)) {
    const fleet = await Fleet.boot(size);
    try {
      all.push(...(await bench(fleet, directory)));
    } finally {
      await fleet.stop();
    }
  }
} finally {
  await rm(directory, { recursive: true, force: true });
}

const [processor] = cpus();
const byWork = all.toSorted((a, b) => a.hosts - b.hosts || b.row.work.localeCompare(a.row.work));
process.stdout.write(
  [
    "",
    `${cpus().length} processors (${processor?.model ?? "unknown"}), shared with the hosts; medians of ${runs} runs, interleaved.`,
    "× is beside the first row of the same work on as many hosts.",
    "",
    table(byWork),
    "",
    ...[...new Map(all.map(({ row }) => [row.title, row.about]))].map(([title, about]) => `${title}: ${about}.`),
    "",
  ].join("\n"),
);
if (values.json !== undefined) await writeFile(values.json, JSON.stringify(all, null, 2));
