/**
 * How evenly the rotation shares requests for approval, beside simpler ways to choose.
 *
 *     node bench/fairness.ts [--requests 1000] [--runs 20]
 *
 * Seven people who take leave, fall ill, write half of the changes themselves and hand some over. Simulated with fixed
 * seeds: the same figures on every machine.
 */
import { parseArgs } from "node:util";

import type { FairnessReport } from "../src/core/fairness-report.ts";
import { Office, usualAbsences, type OfficeEnd, type Rival } from "../test/support/approval-office.ts";
import { markdownTable } from "./support/markdown.ts";

const { values: options } = parseArgs({
  options: { requests: { type: "string", default: "1000" }, runs: { type: "string", default: "20" } },
});
const requests = Math.max(10, Number(options.requests));
const runs = Math.max(1, Number(options.runs));
const people = ["kim", "lee", "park", "choi", "jung", "kang", "yoon"];
const requestsADay = 10;

const ways: readonly (readonly [string, Rival | undefined])[] = [
  ["Signalbox's rotation", undefined],
  ["in turn, the absent left out", (present, turn) => present[turn % Math.max(1, present.length)]],
  ["by lot", (present, _turn, dice) => present[Math.floor(dice.next() * present.length)]],
  ["the first on the list who is there", (present) => present[0]],
];

function tell(rival: Rival | undefined, seed: number): OfficeEnd {
  const absences = usualAbsences(people, requests / requestsADay, seed);
  return new Office({
    seed,
    requests,
    people,
    requestsADay,
    absences,
    ...(rival === undefined ? {} : { rival }),
  }).run();
}

function row(title: string, ends: readonly OfficeEnd[]): readonly string[] {
  const worst = (figure: (report: FairnessReport) => number | undefined): string =>
    Math.max(...ends.map(({ report }) => figure(report) ?? 1)).toFixed(2);
  const least = ends.map(({ report }) => Math.min(...report.people.map(({ load }) => load)));
  const most = ends.map(({ report }) => Math.max(...report.people.map(({ load }) => load)));
  return [
    title,
    worst(({ mostByMean }) => mostByMean),
    worst(({ mostByMeanPerDay }) => mostByMeanPerDay),
    `${Math.min(...least)} to ${Math.max(...most)}`,
    String(Math.max(...ends.map(({ mostOpenAtOnce }) => mostOpenAtOnce))),
    String(ends.reduce((sum, { askedWhileAway }) => sum + askedWhileAway, 0)),
  ];
}

const seeds = Array.from({ length: runs }, (_, index) => index + 1);
process.stdout.write(`${requests} requests, ${people.length} approvers, the worst of ${runs} runs\n\n`);
const heads = [
  "asks",
  "most by mean",
  "the same per day there",
  "fewest to most",
  "most open at once",
  "asked while away",
];
const table = ways.map(([title, rival]) =>
  row(
    title,
    seeds.map((seed) => tell(rival, seed)),
  ),
);
process.stdout.write(`${markdownTable(heads, table, [0])}\n\n`);

const minutes = (milliseconds: number | undefined): string => ((milliseconds ?? 0) / 60_000).toFixed(0);
const shares = tell(undefined, 1).report.people.map((one) => [
  one.login,
  String(one.load),
  one.daysPresent.toFixed(0),
  one.perDay.toFixed(2),
  String(one.approved),
  String(one.rejected),
  String(one.handedOver),
  String(one.unanswered),
  minutes(one.medianAnswerMilliseconds),
  minutes(one.slowestTenthMilliseconds),
]);
const columns = [
  "approver",
  "asked",
  "days there",
  "a day",
  "yes",
  "no",
  "handed over",
  "no answer",
  "median min",
  "90 % min",
];
process.stdout.write(`The first run of Signalbox's rotation, by approver\n\n${markdownTable(columns, shares, [0])}\n`);
