/**
 * `npm run bench:traffic`: what users notice of new releases, by strategy and proxy, beside a naive restart.
 *
 *     node bench/traffic.ts [--adapter haproxy --adapter nginx] [--strategy rolling] [--requests 35000]
 *                           [--rate 300] [--hosts 4] [--json FILE]
 *
 * The hosts, the proxy, the server and the users share this machine's processors: latencies are upper bounds, and
 * only to be compared with each other. Counts of failed requests are what they are. Ends with 1 when HAProxy loses or
 * doubles anything in a row that nobody may notice.
 */
import { writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { parseArgs } from "node:util";

import { startTestbed } from "../testbed/testbed.ts";
import { adapters, rows } from "./support/traffic-rows.ts";
import type { Adapter } from "./support/traffic-rows.ts";
import { runRow } from "./support/traffic-run.ts";
import type { TrafficFigures } from "./support/traffic-run.ts";
import { failuresOf, promise, trafficTable } from "./support/traffic-table.ts";

const { values } = parseArgs({
  options: {
    adapter: { type: "string", multiple: true, default: [...adapters] },
    strategy: { type: "string", multiple: true, default: [] },
    requests: { type: "string", default: "35000" },
    rate: { type: "string", default: "300" },
    hosts: { type: "string", default: "4" },
    json: { type: "string" },
  },
});
const say = (line: string): void => void process.stderr.write(`${line}\n`);

const isAdapter = (name: string): name is Adapter => (adapters as readonly string[]).includes(name);
const wantedAdapters = values.adapter.map((name) => {
  if (!isAdapter(name)) throw new Error(`there is no adapter "${name}", only ${adapters.join(" and ")}`);
  return name;
});
const wantedRows = rows.filter(
  ({ title }) => values.strategy.length === 0 || values.strategy.some((start) => title.startsWith(start)),
);
if (wantedRows.length === 0)
  throw new Error(`no row begins so; there are ${rows.map(({ title }) => title).join(", ")}`);

const hosts = Array.from({ length: Number(values.hosts) }, (_, index) => `web-${index + 1}`);
const proxy = "lb-1";
const bed = await startTestbed({ hosts: [...hosts, proxy], say });
const all: TrafficFigures[] = [];
const without: { readonly adapter: Adapter; readonly why: string }[] = [];
try {
  for (const adapter of wantedAdapters) {
    for (const row of wantedRows) {
      say(`${adapter}, ${row.title}`);
      // What fails anyway need not be asked as often as what must not.
      const requests = row.unnoticed ? Number(values.requests) : Math.ceil(Number(values.requests) / 5);
      const bench = { bed, hosts, proxy, perSecond: Number(values.rate), requests, say };
      try {
        const figures = await runRow(bench, row, adapter);
        all.push(figures);
        for (const example of figures.seen.examples) say(`  ${JSON.stringify(example)}`);
      } catch (error) {
        without.push({ adapter, why: `${adapter}, ${row.title} has no figures: ${(error as Error).message}` });
        say(`  ${without.at(-1)!.why}`);
      }
    }
  }
} finally {
  await bed.stop();
}

const [processor] = cpus();
const { holds, sentence } = promise(all);
process.stdout.write(
  [
    "",
    `${cpus().length} processors (${processor?.model ?? "unknown"}), shared by ${hosts.length} hosts, the proxy, the server and the users; ${values.rate} requests a second.`,
    "Latencies in ms, from when each request was due; times are medians. The capacity guard is set aside: no host has a processor of its own.",
    "",
    trafficTable(all),
    "",
    ...wantedRows.map(({ title, about }) => `${title}: ${about}.`),
    ...failuresOf(all),
    ...without.map(({ why }) => why),
    sentence,
    "",
  ].join("\n"),
);
// Each POST and each user by name would be most of the file.
const left = ({ seen: { posts: _posts, users: _users, ...seen }, ...figures }: TrafficFigures): object => ({
  ...figures,
  seen,
});
if (values.json !== undefined) await writeFile(values.json, JSON.stringify(all.map(left), null, 2));
process.exitCode = holds && without.every(({ adapter }) => adapter !== "haproxy") ? 0 : 1;
