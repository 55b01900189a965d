import { describe, expect, it } from "vitest";

import { counts } from "../../../test/support/simulated-requests.ts";
import type { AnalysisRules } from "../service.ts";
import {
  addWindow,
  beginAnalysis,
  judge,
  type AnalysisState,
  type AnalysisWindow,
  type EvidenceRow,
  type Judgement,
} from "./analysis.ts";
import { addCounts, noRequests, type RequestCounts } from "./counts.ts";

const rules: AnalysisRules = { falseAlarm: 0.01, minimumRequests: 500, acceptedErrors: 0.01, quickMilliseconds: 50 };
const withCommand: AnalysisRules = { ...rules, command: { run: ["./looks-good"], everySeconds: 10 } };

function window(change: Partial<AnalysisWindow> = {}): AnalysisWindow {
  return {
    candidate: counts(100, 0),
    baseline: counts(900, 5),
    complete: true,
    seconds: 1,
    restarts: 0,
    ...change,
  };
}

function after(windows: readonly AnalysisWindow[], reference: RequestCounts = noRequests, by = rules): AnalysisState {
  return windows.reduce((state, one) => addWindow(state, by, one), beginAnalysis(reference));
}

function judged(windows: readonly AnalysisWindow[], reference?: RequestCounts, by = rules): Judgement {
  return judge(after(windows, reference, by), by);
}

function row(judgement: Judgement, measure: string): EvidenceRow {
  return judgement.rows.find((one) => one.measure === measure)!;
}

function times<T>(count: number, value: T): readonly T[] {
  return Array.from({ length: count }, () => value);
}

/** So many quick answers and so many slow ones. */
function mixed(quick: number, slow: number, slowMilliseconds: number): RequestCounts {
  return addCounts(counts(quick, 0, 40), counts(slow, 0, slowMilliseconds));
}

describe("a release that has all traffic and turns bad after a good time", () => {
  it("fails within seconds, though little is known of the old one", () => {
    const good = window({ candidate: counts(200, 0), baseline: noRequests, seconds: 2 });
    const bad = { ...good, candidate: counts(200, 36) };
    const { verdict } = judged([...times(100, good), ...times(12, bad)], counts(900, 0));
    expect(verdict).toBe("fail");
  });
});

describe("errors in bursts on the candidate alone", () => {
  // As in a canary over two hosts, of which one had begun to fail.
  const calm = window({ candidate: counts(150, 0), baseline: counts(150, 0), seconds: 2 });
  const burst = (errors: number): AnalysisWindow => ({ ...calm, candidate: counts(150, errors) });
  const bursts = [...times(3, calm), burst(17), burst(5), burst(17)];

  it("prove too little to fail it at once, and let it not pass", () => {
    const { verdict, sentence } = judged(bursts);
    expect(verdict).toBe("inconclusive");
    expect(sentence).toContain("perhaps worse, not clear yet");
  });

  it("fail it when they go on", () => {
    expect(judged([...bursts, ...times(30, burst(17))]).verdict).toBe("fail");
  });

  it("are forgotten in minutes when they end", () => {
    expect(judged([...bursts, ...times(30, calm)]).verdict).toBe("inconclusive");
    expect(judged([...bursts, ...times(120, calm)]).verdict).toBe("pass");
  });

  it("are excused when the baseline has them too", () => {
    const both = { ...calm, candidate: counts(150, 17), baseline: counts(150, 17) };
    expect(judged([...times(9, calm), both, both]).verdict).toBe("pass");
  });
});

describe("a candidate that is as good as the baseline", () => {
  it("passes with the numbers in one sentence", () => {
    const { verdict, sentence, rows } = judged([
      ...times(9, window()),
      window({ candidate: counts(100, 1), baseline: counts(900, 5) }),
    ]);
    expect(verdict).toBe("pass");
    expect(sentence).toBe(
      "candidate 0.1 % errors (1 of 1,000) against 0.56 % errors (50 of 9,000); " +
        "0 % slower than 50 ms (0 of 1,000), p50 ≤ 20 ms, p95 ≤ 20 ms against " +
        "0 % slower than 50 ms (0 of 9,000), p50 ≤ 20 ms, p95 ≤ 20 ms: no worse",
    );
    expect(rows.map(({ measure, verdict }) => [measure, verdict])).toEqual([
      ["errors", "pass"],
      ["latency", "pass"],
      ["restarts", "pass"],
      ["coverage", "pass"],
    ]);
  });

  it("does not pass before it has answered enough requests", () => {
    const judgement = judged(times(4, window()));
    expect(judgement.verdict).toBe("inconclusive");
    expect(judgement.sentence).toBe("only 400 of 500 requests were seen");
    expect(judged(times(5, window())).verdict).toBe("pass");
  });

  it("does not pass without any data", () => {
    expect(judge(beginAnalysis(noRequests), rules).verdict).toBe("inconclusive");
    expect(judge(beginAnalysis(counts(10_000, 0)), { ...rules, minimumRequests: 0 }).verdict).toBe("inconclusive");
    const silent = window({ candidate: noRequests, baseline: noRequests });
    const judgement = judged(times(1_000, silent));
    expect(judgement.verdict).toBe("inconclusive");
    expect(judgement.rows.filter(({ verdict }) => verdict === "pass").map(({ measure }) => measure)).toEqual([
      "restarts",
    ]);
  });

  it("passes by our own requests too, each kind compared with its own", () => {
    const synthetic = { candidate: counts(100, 50), baseline: counts(100, 50) };
    const judgement = judged(times(10, window({ candidate: counts(5, 0), baseline: counts(45, 0), synthetic })));
    expect(judgement.verdict).toBe("pass");
    expect(row(judgement, "coverage").candidate).toBe("1,050 of 500 requests");
  });
});

describe("errors", () => {
  const bad = window({ candidate: counts(50, 5), baseline: counts(450, 2) });

  it("of a worse candidate fail it, with the chance of being wrong", () => {
    const judgement = judged(times(10, bad));
    expect(judgement.verdict).toBe("fail");
    expect(judgement.sentence).toMatch(
      /^candidate 10 % errors \(50 of 500\) against 0\.44 % errors \(20 of 4,500\): worse beyond doubt \(.*1 in [\d,]+\)$/,
    );
    expect(row(judgement, "errors").evidence).toBeGreaterThanOrEqual(1);
    expect(row(judgement, "latency").verdict).toBe("pass");
  });

  it("of both are not the candidate's fault", () => {
    const outage = window({ candidate: counts(50, 48), baseline: counts(450, 431) });
    expect(judged(times(20, outage)).verdict).toBe("pass");
  });

  it("that are not clear yet keep it from passing", () => {
    const quiet = window({ candidate: counts(500, 0), baseline: counts(500, 0) });
    const judgement = judged([...times(2, window({ candidate: counts(50, 2), baseline: counts(450, 1) })), quiet]);
    expect(row(judgement, "errors").evidence).toBeGreaterThanOrEqual(0.5);
    expect(row(judgement, "errors").evidence).toBeLessThan(1);
    expect(judgement.verdict).toBe("inconclusive");
    expect(judgement.sentence).toMatch(/perhaps worse, not clear yet/);
  });

  it("once beyond doubt stay so", () => {
    expect(judged([...times(10, bad), ...times(500, window())]).verdict).toBe("fail");
  });

  it("of our own requests fail it while users have none", () => {
    const synthetic = { candidate: counts(20, 10), baseline: counts(20, 0) };
    expect(judged(times(10, window({ synthetic }))).verdict).toBe("fail");
  });

  it("can't fail it for less than the chosen false-alarm rate", () => {
    const strict = { ...rules, falseAlarm: 1e-9 };
    const windows = times(5, window({ candidate: counts(50, 3), baseline: counts(450, 2) }));
    expect(judged(windows).verdict).toBe("fail");
    expect(judged(windows, noRequests, strict).verdict).not.toBe("fail");
  });
});

describe("without a baseline at the same time", () => {
  const alone = (requests: number, errors: number): AnalysisWindow =>
    window({ candidate: counts(requests, errors), baseline: noRequests });

  it("the accepted share of errors decides where nothing else is known", () => {
    expect(judged(times(60, alone(100, 1))).verdict).toBe("pass");
    const judgement = judged(times(60, alone(100, 5)));
    expect(judgement.verdict).toBe("fail");
    expect(judgement.sentence).toContain("5 % errors (300 of 6,000) against 1 % accepted: worse beyond doubt");
  });

  it("a release that is as bad as the old one was is not blamed", () => {
    expect(judged(times(60, alone(100, 5)), counts(50_000, 2_500)).verdict).toBe("pass");
    expect(judged(times(60, alone(100, 12)), counts(50_000, 2_500)).verdict).toBe("fail");
  });

  it("what the baseline did before in this analysis counts as known", () => {
    const before = times(20, window({ candidate: counts(100, 5), baseline: counts(900, 45) }));
    const judgement = judged([...before, ...times(60, alone(1_000, 50))]);
    expect(judgement.verdict).toBe("pass");
    expect(row(judgement, "errors").baseline).toMatch(/^5 % errors \(900 of 18,000\) before, [\d.]+ % accepted$/);
  });

  it("few requests that all went well before are no excuse for a release that turns bad", () => {
    const alone = { baseline: noRequests, seconds: 2 };
    const good = times(16, window({ ...alone, candidate: counts(200, 0) }));
    const bad = times(8, window({ ...alone, candidate: counts(200, 40) }));
    expect(judged([...good, ...bad], counts(110, 0)).verdict).toBe("fail");
  });

  it("a few stray requests to the old release are no baseline", () => {
    const stray = window({ candidate: counts(1_000, 100), baseline: counts(2, 0) });
    expect(judged(times(10, stray), counts(50_000, 250)).verdict).toBe("fail");
  });

  it("latency is compared with what the old release had", () => {
    const slow = window({ candidate: mixed(60, 40, 300), baseline: noRequests });
    const judgement = judged(times(10, slow), mixed(9_700, 300, 300));
    expect(judgement.verdict).toBe("fail");
    expect(judgement.sentence).toContain("40 % slower than 50 ms (400 of 1,000)");
    expect(judged(times(10, slow), mixed(6_000, 4_000, 300)).verdict).toBe("pass");
  });

  it("latency is not judged where the old one's is unknown", () => {
    const judgement = judged(times(10, alone(100, 0)));
    expect(judgement.verdict).toBe("pass");
    expect(row(judgement, "latency")).toMatchObject({ verdict: "inconclusive", baseline: "no requests", evidence: 0 });
  });
});

describe("latency", () => {
  const fair = window({ candidate: mixed(95, 5, 150), baseline: mixed(855, 45, 150) });

  it("of a candidate that is slower fails it", () => {
    const slow = window({ candidate: mixed(60, 40, 150), baseline: mixed(855, 45, 150) });
    const judgement = judged([fair, ...times(10, slow)]);
    expect(judgement.verdict).toBe("fail");
    expect(judgement.sentence).toContain("slower than 50 ms");
    expect(row(judgement, "errors").verdict).toBe("pass");
  });

  it("is good enough up to twice the odds of a slow answer", () => {
    const littleSlower = window({ candidate: mixed(91, 9, 150), baseline: mixed(855, 45, 150) });
    expect(judged([fair, ...times(300, littleSlower)]).verdict).toBe("pass");
  });

  it("below what is quick enough is never too slow", () => {
    const slower = window({ candidate: counts(100, 0, 45), baseline: counts(900, 0, 2) });
    expect(judged(times(30, slower)).verdict).toBe("pass");
    const quicker = { ...rules, quickMilliseconds: 10 };
    expect(judged(times(30, slower), noRequests, quicker).verdict).toBe("fail");
  });

  it("is found where most answers became slower, though some always were slower still", () => {
    const baseline = addCounts(counts(700, 0, 60), counts(200, 0, 8_000));
    const candidate = addCounts(counts(80, 0, 700), counts(20, 0, 8_000));
    expect(judged(times(10, window({ candidate, baseline }))).verdict).toBe("fail");
  });

  it("is not compared in the window that first tells what slow is", () => {
    const slow = window({ candidate: mixed(0, 100, 9_000), baseline: mixed(900, 0, 150) });
    expect(row(judged([slow]), "latency").evidence).toBe(0);
  });
});

describe("what is not a request", () => {
  it("fails the candidate when systemd had to start it again", () => {
    const judgement = judged([...times(10, window()), window({ restarts: 2 })]);
    expect(judgement.verdict).toBe("fail");
    expect(judgement.sentence).toBe("systemd had to start the candidate again, 2 times");
  });

  it("fails it when the command calls it bad twice in a row", () => {
    const say = (...answers: readonly ("good" | "bad")[]): Judgement =>
      judged([...times(10, window()), ...answers.map((command) => window({ command }))], noRequests, withCommand);
    expect(say("bad", "bad").verdict).toBe("fail");
    expect(say("good", "bad").verdict).toBe("inconclusive");
    expect(say("bad", "good", "bad", "good").verdict).toBe("pass");
    expect(say().sentence).toBe("the command has not answered yet");
  });
});

describe("time of which something was missed", () => {
  const missed = (ours: RequestCounts): AnalysisWindow => window({ candidate: ours, complete: false });

  it("lets no release pass, however good it looks", () => {
    const judgement = judged(times(20, missed(counts(100, 0))));
    expect(judgement.verdict).toBe("inconclusive");
    expect(judgement.sentence).toBe("only 0 of 500 requests were seen, 20 s of 20 s were not fully seen");
  });

  it("may be a tenth of all", () => {
    const seen = times(18, window());
    expect(judged([...seen, ...times(2, missed(counts(100, 0)))]).verdict).toBe("pass");
    expect(judged([...seen, ...times(3, missed(counts(100, 0)))]).verdict).toBe("inconclusive");
  });

  it("fails a release that is bad in it", () => {
    expect(judged(times(20, missed(counts(100, 20)))).verdict).toBe("fail");
  });
});

describe("the state", () => {
  it("is plain data that goes on where it was stored", () => {
    const windows = [
      ...times(5, window()),
      window({ complete: false, command: "bad" }),
      window({ candidate: mixed(60, 40, 150), restarts: 1 }),
    ];
    const stored = windows.reduce<AnalysisState>(
      (state, one) => JSON.parse(JSON.stringify(addWindow(state, rules, one))) as AnalysisState,
      beginAnalysis(noRequests),
    );
    expect(stored).toEqual(after(windows));
    expect(JSON.stringify(after(times(500, window()))).length).toBeLessThan(5_000);
  });

  it("judges the same whether it was asked before or not", () => {
    const state = after(times(10, window({ candidate: counts(100, 10) })));
    expect(judge(state, rules)).toEqual(judge(state, rules));
    expect(judge(addWindow(state, rules, window()), rules).verdict).toBe("fail");
  });
});
