/**
 * How often the verdict blames a release that is as good as the old one, and how soon it finds a worse one.
 *
 *     node bench/verdict.ts [--runs 1000]
 *
 * Simulated requests with fixed seeds, judged after each window: the same figures on every machine.
 */
import { parseArgs } from "node:util";

import { addWindow, beginAnalysis, judge, type AnalysisWindow } from "../src/core/analysis/analysis.ts";
import { noRequests, type RequestCounts } from "../src/core/analysis/counts.ts";
import type { AnalysisRules } from "../src/core/service.ts";
import {
  Dice,
  simulatedCounts,
  simulatedWindow,
  type Behaviour,
  type Simulated,
} from "../test/support/simulated-requests.ts";

const { values: options } = parseArgs({ options: { runs: { type: "string", default: "1000" } } });
const runs = Math.max(10, Number(options.runs));
const rules: AnalysisRules = { falseAlarm: 0.01, minimumRequests: 500, acceptedErrors: 0.01, quickMilliseconds: 50 };
const usual: Behaviour = { errors: 0.005, median: 40, spread: 0.7 };

interface Story extends Simulated {
  readonly windows: number;
  /** From this window on the candidate behaves so; before, like the baseline. */
  readonly turnsBadAfter?: number;
  /** Requests of the old release that were counted before; with them there is no baseline at the same time. */
  readonly reference?: number;
  /** Each error comes back in the same release for so many windows: one cause that lasts. */
  readonly lasts?: number;
}

const plain: Story = { candidate: usual, baseline: usual, share: 0.1, requests: 100, seconds: 1, windows: 300 };

interface End {
  /** Where it was asked: after how many windows the candidate failed. */
  readonly failedAfter: number | undefined;
  readonly verdict: string;
}

/** A failure stays, so the verdict at the end says whether there was one after any window; only power asks when. */
function tell(story: Story, seed: number, askWhen: boolean): End {
  const dice = new Dice(seed);
  const reference = story.reference ?? 0;
  let state = beginAnalysis(reference > 0 ? simulatedCounts(dice, story.baseline, reference) : noRequests);
  const left = { candidate: 0, baseline: 0 };
  for (let number = 1; number <= story.windows; number += 1) {
    const candidate = number <= (story.turnsBadAfter ?? 0) ? story.baseline : story.candidate;
    let window = simulatedWindow(dice, { ...story, candidate });
    if (reference > 0) window = { ...window, baseline: noRequests };
    if (story.lasts !== undefined) window = stalls(dice, story, window, left);
    state = addWindow(state, rules, window);
    if (askWhen && judge(state, rules).verdict === "fail") return { failedAfter: number, verdict: "fail" };
  }
  return { failedAfter: undefined, verdict: judge(state, rules).verdict };
}

const stallErrors = 10;

/** Stalls of one release that last: one in a hundred windows begins one, and it hits a release as often as it has requests. */
function stalls(
  dice: Dice,
  { share, lasts = 1 }: Story,
  window: AnalysisWindow,
  left: { candidate: number; baseline: number },
): AnalysisWindow {
  const hit = (side: "candidate" | "baseline", part: number): RequestCounts => {
    const counts = window[side];
    left[side] = left[side] > 0 ? left[side] - 1 : dice.next() < 0.01 * part ? lasts : 0;
    return left[side] > 0 ? { ...counts, errors: Math.min(counts.requests, counts.errors + stallErrors) } : counts;
  };
  return { ...window, candidate: hit("candidate", share), baseline: hit("baseline", 1 - share) };
}

interface Summary {
  readonly failed: string;
  readonly passed: string;
  readonly median: string;
  readonly p90: string;
  readonly seconds: string;
}

function summarise(change: Partial<Story>, times = runs, askWhen = false): Summary {
  const story = { ...plain, ...change };
  const results = Array.from({ length: times }, (_none, run) => tell(story, run * 7_919 + 1, askWhen));
  const counted = results.flatMap(({ failedAfter }) => (failedAfter === undefined ? [] : [failedAfter]));
  const needed = counted.map((windows) => windows - (story.turnsBadAfter ?? 0)).sort((a, b) => a - b);
  const at = (part: number): number | undefined => needed[Math.floor(times * part)];
  const requests = (windows: number | undefined): string =>
    windows === undefined ? "–" : (windows * story.requests).toLocaleString("en-US");
  const share = (part: number): string => `${Number(((part / times) * 100).toFixed(2))} %`;
  return {
    failed: share(results.filter(({ verdict }) => verdict === "fail").length),
    passed: share(results.filter(({ verdict }) => verdict === "pass").length),
    median: requests(at(0.5)),
    p90: requests(at(0.9)),
    seconds: at(0.5) === undefined ? "–" : `${at(0.5)! * story.seconds}`,
  };
}

function print(title: string, heads: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = heads.map((head, index) => Math.max(head.length, ...rows.map((row) => row[index]!.length)));
  const line = (cells: readonly string[]): string =>
    `  ${cells.map((cell, index) => (index === 0 ? cell.padEnd(widths[index]!) : cell.padStart(widths[index]!))).join("   ")}\n`;
  process.stdout.write(`\n${title}\n${line(heads)}${rows.map(line).join("")}`);
}

const both = (behaviour: Partial<Behaviour>): Partial<Story> => ({
  candidate: { ...usual, ...behaviour },
  baseline: { ...usual, ...behaviour },
});
const percent = (share: number): string => `${Number((share * 100).toFixed(2))} %`;
const began = process.hrtime.bigint();

process.stdout.write(
  `${runs} runs a row (power: ${runs / 5}), false alarms at most ${percent(rules.falseAlarm)}, windows of 1 s, judged after each; log-normal latency.\n`,
);

print(
  "As good as the old one (60 windows of 100 requests): how often it fails",
  ["errors of both", "share 1 %", "10 %", "50 %", "90 %"],
  [0, 0.005, 0.05, 0.5].map((errors) => [
    percent(errors),
    ...[0.01, 0.1, 0.5, 0.9].map((share) => summarise({ ...both({ errors }), share, windows: 60 }).failed),
  ]),
);

print(
  "As good as the old one, but errors come in bursts (60 windows of 500 requests, 0.5 % errors): how often it fails",
  ["bursts", "share 1 %", "10 %", "50 %"],
  [
    ...[2, 5, 20, 50].map((clump) => [
      `${clump} errors at once`,
      ...[0.01, 0.1, 0.5].map(
        (share) => summarise({ ...both({ clump }), share, requests: 500, windows: 60 }, runs / 2).failed,
      ),
    ]),
    ...[1, 3, 10].map((lasts) => [
      `1 stall in 100 s: 10 errors a second for ${lasts} s`,
      ...[0.01, 0.1, 0.5].map((share) => summarise({ share, requests: 500, windows: 60, lasts }, runs / 2).failed),
    ]),
  ],
);

const found = (title: string, change: Partial<Story>, times = runs / 5): readonly string[] => {
  const { failed, median, p90, seconds } = summarise(change, times, true);
  return [title, failed, median, p90, seconds];
};
const heads = ["", "found", "median requests", "90 %", "median s"];

print(
  "More errors, windows of 50 requests: requests of both releases until it fails",
  heads,
  [0.01, 0.1, 0.5].flatMap((share) =>
    (
      [
        [0.005, 0.01],
        [0.005, 0.02],
        [0.005, 0.05],
        [0.001, 0.2],
        [0, 0.02],
        [0.005, 1],
      ] as const
    ).map(([before, after]) =>
      found(`share ${percent(share)}: ${percent(before)} -> ${percent(after)}`, {
        candidate: { ...usual, errors: after },
        baseline: { ...usual, errors: before },
        share,
        // A small share needs more requests until it has any of its own.
        requests: share === 0.01 || after === 0.01 ? 500 : 50,
        windows: 400,
      }),
    ),
  ),
);

print(
  "Slower, at a share of 10 %, windows of 100 requests",
  heads,
  [1.1, 1.2, 1.5, 2, 4].map((times) =>
    found(`${times} times the latency`, { candidate: { ...usual, median: usual.median * times } }),
  ),
);

const bad = { ...usual, errors: 0.05 };
print("0.5 % -> 5 % errors in harder times, windows of 100 requests", heads, [
  found("turns bad after 1 min, share 10 %", { candidate: bad, turnsBadAfter: 60, windows: 600 }),
  found("turns bad after 10 min, share 10 %", { candidate: bad, turnsBadAfter: 600, windows: 1_000 }),
  found("turns bad after 10 min, share 50 %", { candidate: bad, turnsBadAfter: 600, windows: 1_000, share: 0.5 }),
  found("a third of the windows incomplete", { candidate: bad, missed: 0.33 }),
  found("all windows incomplete", { candidate: bad, missed: 1 }),
  found("both in bursts of 5", { candidate: { ...bad, clump: 5 }, baseline: { ...usual, clump: 5 } }),
  found("no baseline, 20,000 requests before", { candidate: bad, share: 1, reference: 20_000 }),
  found("no baseline, turns bad after 10 min", {
    candidate: bad,
    share: 1,
    reference: 20_000,
    turnsBadAfter: 600,
    windows: 1_000,
  }),
]);

const ends = (title: string, change: Partial<Story>): readonly string[] => {
  const { failed, passed } = summarise({ windows: 60, ...change }, runs / 5);
  return [title, failed, passed];
};
print(
  "As good as the old one, 60 windows of 100 requests: how it ends",
  ["", "fails", "passes"],
  [
    ends("share 10 %, nothing missed", {}),
    ends("share 10 %, 5 % of the windows incomplete", { missed: 0.05 }),
    ends("share 10 %, a third incomplete", { missed: 0.33 }),
    ends("no baseline, 20,000 requests before", { share: 1, reference: 20_000 }),
    ends("no baseline, 300 requests before", { share: 1, reference: 300 }),
  ],
);

process.stdout.write(`\n${(Number(process.hrtime.bigint() - began) / 1e9).toFixed(0)} s\n`);
