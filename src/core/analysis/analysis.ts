/**
 * Is the candidate worse than the baseline? The answer may be asked for at any time, and as often as one likes.
 *
 * How it decides, and how well, is in `docs/verdict.md`.
 */
import type { AnalysisRules } from "../service.ts";
import { addCounts, noRequests, type RequestCounts } from "./counts.ts";
import { clumpsIn, plainEvidence, type Evidence } from "./evidence.ts";
import {
  acceptedShare,
  betsOn,
  hasBaseline,
  inAll,
  measure,
  noMeasures,
  type Measures,
  type SlowEvidence,
} from "./measures.ts";
import { chance, count, errorsIn, percent, quantilesOf, slownessIn } from "./words.ts";

export type Verdict = "pass" | "fail" | "inconclusive";

/** What was seen in one stretch of time, while nothing was moved. */
export interface AnalysisWindow {
  readonly candidate: RequestCounts;
  readonly baseline: RequestCounts;
  /** Requests of our own to both, which no user made. */
  readonly synthetic?: { readonly candidate: RequestCounts; readonly baseline: RequestCounts };
  /** False when requests may have been missed: then it proves nothing good. */
  readonly complete: boolean;
  readonly seconds: number;
  /** How often systemd had to start the candidate again in this time. */
  readonly restarts: number;
  /** What the team's command said, where it was asked. */
  readonly command?: "good" | "bad";
}

/** What is known so far: plain data of a constant size, so that it can be folded from a journal. */
export interface AnalysisState {
  /** Of the old release from before, for times in which all traffic is on the new one. */
  readonly reference: RequestCounts;
  /** Requests of users, those of incomplete windows included. */
  readonly candidate: RequestCounts;
  readonly baseline: RequestCounts;
  readonly synthetic: { readonly candidate: RequestCounts; readonly baseline: RequestCounts };
  /** Of the candidate in complete windows, users' and our own: only these can let it pass. */
  readonly provenRequests: number;
  /** Stretches of time in which it was seen whole, and asked for something. */
  readonly provenWindows: number;
  /** Whether the last window had a baseline beside the candidate. */
  readonly beside: boolean;
  readonly restarts: number;
  readonly badCommands: number;
  readonly badCommandsInARow: number;
  readonly goodCommands: number;
  readonly seconds: number;
  readonly missedSeconds: number;
  readonly measures: Measures;
}

/** The answer with its evidence. */
export interface Judgement {
  readonly verdict: Verdict;
  /** For people, with the numbers in it. */
  readonly sentence: string;
  readonly rows: readonly EvidenceRow[];
}

export interface EvidenceRow {
  readonly measure: string;
  readonly candidate: string;
  readonly baseline: string;
  readonly verdict: Verdict;
  /** How strong the evidence against the candidate is: it fails at 1. */
  readonly evidence: number;
}

/** A row, and what it contributes to the sentence when it decides. */
interface Finding extends EvidenceRow {
  readonly because: string;
}

/** One bad answer of a command may be the command's own trouble; two in a row are the release's. */
const badCommandsToFail = 2;
/** A release passes only if not more than this part of the time was missed. */
const tolerableGap = 0.1;
/** Evidence from here on, as a part of what a failure needs, is a suspicion: the release neither fails nor passes. */
const suspicion = 0.5;

/** @param reference requests of the old release from before; `noRequests` where nobody counted */
export function beginAnalysis(reference: RequestCounts): AnalysisState {
  return {
    reference,
    candidate: noRequests,
    baseline: noRequests,
    synthetic: { candidate: noRequests, baseline: noRequests },
    provenRequests: 0,
    provenWindows: 0,
    beside: false,
    restarts: 0,
    badCommands: 0,
    badCommandsInARow: 0,
    goodCommands: 0,
    seconds: 0,
    missedSeconds: 0,
    measures: noMeasures(),
  };
}

export function addWindow(state: AnalysisState, rules: AnalysisRules, window: AnalysisWindow): AnalysisState {
  const { candidate, baseline, synthetic, complete, seconds, command } = window;
  const bad = command === "bad" ? 1 : 0;
  const good = command === "good" ? 1 : 0;
  return {
    reference: state.reference,
    candidate: addCounts(state.candidate, candidate),
    baseline: addCounts(state.baseline, baseline),
    synthetic: {
      candidate: inAll(state.synthetic.candidate, synthetic?.candidate),
      baseline: inAll(state.synthetic.baseline, synthetic?.baseline),
    },
    provenRequests: state.provenRequests + (complete ? inAll(candidate, synthetic?.candidate).requests : 0),
    provenWindows: state.provenWindows + (complete && inAll(candidate, synthetic?.candidate).requests > 0 ? 1 : 0),
    beside: hasBaseline({ candidate, baseline }) || (synthetic !== undefined && hasBaseline(synthetic)),
    restarts: state.restarts + window.restarts,
    badCommands: state.badCommands + bad,
    badCommandsInARow: bad === 1 ? state.badCommandsInARow + 1 : good === 1 ? 0 : state.badCommandsInARow,
    goodCommands: state.goodCommands + good,
    seconds: state.seconds + seconds,
    missedSeconds: state.missedSeconds + (complete ? 0 : seconds),
    measures: measure(state.measures, rules, {
      known: addCounts(state.reference, state.baseline),
      users: { candidate, baseline },
      synthetic,
      seconds,
      complete,
    }),
  };
}

/**
 * The verdict so far. A failure stays: it was beyond doubt once, and looking more often makes it no likelier.
 *
 * The probability that counted requests alone fail a release that is as good as the baseline is at most
 * `rules.falseAlarm`, over all measures and the whole time.
 */
export function judge(state: AnalysisState, rules: AnalysisRules): Judgement {
  const findings = [
    judgeErrors(state, rules),
    judgeLatency(state, rules),
    judgeRestarts(state),
    ...(rules.command === undefined && state.badCommands === 0 ? [] : [judgeCommand(state)]),
    judgeCoverage(state, rules),
  ];
  const failures = findings.filter(({ verdict }) => verdict === "fail");
  const doubts = findings.filter(({ verdict, because }) => verdict === "inconclusive" && because !== "");
  const verdict = failures.length > 0 ? "fail" : doubts.length > 0 ? "inconclusive" : "pass";
  const reasons = failures.length > 0 ? failures : doubts;
  const because = reasons.map((finding) => finding.because).join("; ");
  return {
    verdict,
    sentence: verdict === "pass" ? `${comparisonOf(findings)}: no worse` : because,
    rows: findings.map(({ because: _because, ...row }) => row),
  };
}

function judgeErrors(state: AnalysisState, rules: AnalysisRules): Finding {
  const { errors } = state.measures;
  const candidate = errorsIn(inAll(state.candidate, state.synthetic.candidate));
  const baseline = errorBaseline(state, rules);
  const strength = withClumps(strengthOf(errors, "errors", rules), errors, rules);
  const because = `candidate ${candidate} against ${baseline}: ${strength.words}`;
  return { measure: "errors", candidate, baseline, ...strengthRow(strength, because, state) };
}

/** What the candidate's errors are compared with, the way the last window did it. */
function errorBaseline(
  { baseline, synthetic, reference, beside, measures }: AnalysisState,
  rules: AnalysisRules,
): string {
  const now = inAll(baseline, synthetic.baseline);
  if (beside) return errorsIn(now);
  const known = addCounts(reference, baseline);
  const accepted = `${percent(acceptedShare(known, rules, clumpsIn(measures.errors)))} accepted`;
  return known.requests === 0 ? accepted : `${errorsIn(known)} before, ${accepted}`;
}

function judgeLatency(state: AnalysisState, rules: AnalysisRules): Finding {
  const { tail, body } = state.measures;
  const theirs = state.beside
    ? inAll(state.baseline, state.synthetic.baseline)
    : addCounts(state.reference, state.baseline);
  const ours = inAll(state.candidate, state.synthetic.candidate);
  const strengths = (
    [
      ["tail", tail],
      ["body", body],
    ] as const
  ).map(([measure, slow]) => ({
    slow,
    strength: strengthOf(slow.evidence, measure, rules),
  }));
  const [first, second] = strengths as [(typeof strengths)[number], (typeof strengths)[number]];
  const { slow, strength } = second.strength.evidence > first.strength.evidence ? second : first;
  const texts = [ours, theirs].map((counts) => latencyIn(counts, slow)) as [string, string];
  const common = { measure: "latency", candidate: texts[0], baseline: texts[1] };
  if (tail.edge === null) {
    // Nothing to compare with is no reason to hold a release back: its errors are judged all the same.
    return { ...common, verdict: "inconclusive", evidence: 0, because: "" };
  }
  return { ...common, ...strengthRow(strength, `candidate ${texts[0]} against ${texts[1]}: ${strength.words}`, state) };
}

function latencyIn(counts: RequestCounts, { edge }: SlowEvidence): string {
  const quantiles = quantilesOf(counts);
  return edge === null || quantiles === "no requests" ? quantiles : `${slownessIn(counts, edge)}, ${quantiles}`;
}

interface Strength {
  /** Now, and at the most. */
  readonly current: number;
  readonly evidence: number;
  readonly words: string;
}

function strengthOf(evidence: Evidence, measure: keyof Measures, rules: AnalysisRules): Strength {
  const { falseAlarm } = betsOn(measure, rules);
  const line = -Math.log(falseAlarm);
  // The chance in words is of all measures together, so that a failure never reads as less sure than was asked for.
  const adjusted = evidence.peak - Math.log(rules.falseAlarm / falseAlarm);
  const fails = evidence.peak >= line;
  return {
    current: Math.max(0, evidence.now / line),
    evidence: Math.max(0, evidence.peak / line),
    words: fails ? `worse beyond doubt (${chance(adjusted)})` : "perhaps worse, not clear yet",
  };
}

/**
 * Errors in clumps prove little, so that a stall fails nobody. But a release that only such a stall could excuse does
 * not pass: either it is one, and is forgotten in minutes, or the errors go on, and it fails.
 */
function withClumps(strength: Strength, errors: Evidence, rules: AnalysisRules): Strength {
  const needsExcuse = plainEvidence(errors) >= -Math.log(betsOn("errors", rules).falseAlarm);
  return needsExcuse ? { ...strength, current: Math.max(strength.current, suspicion) } : strength;
}

function strengthRow(
  { current, evidence }: Strength,
  because: string,
  state: AnalysisState,
): Pick<Finding, "verdict" | "evidence" | "because"> {
  if (evidence >= 1) return { verdict: "fail", evidence, because };
  if (current >= suspicion) return { verdict: "inconclusive", evidence: current, because };
  // Without requests there is nothing to say here; the coverage says it.
  return { verdict: state.provenRequests === 0 ? "inconclusive" : "pass", evidence: current, because: "" };
}

function judgeRestarts({ restarts }: AnalysisState): Finding {
  const because = `systemd had to start the candidate again, ${restarts === 1 ? "once" : `${count(restarts)} times`}`;
  const common = { measure: "restarts", candidate: count(restarts), baseline: "none accepted", because };
  return restarts > 0 ? { ...common, verdict: "fail", evidence: 1 } : { ...common, verdict: "pass", evidence: 0 };
}

function judgeCommand({ badCommandsInARow, badCommands, goodCommands }: AnalysisState): Finding {
  const common = {
    measure: "command",
    candidate: `${count(badCommands)} of ${count(badCommands + goodCommands)} answers bad`,
    baseline: `${badCommandsToFail} in a row fail`,
    evidence: Math.min(1, badCommandsInARow / badCommandsToFail),
  };
  if (badCommandsInARow >= badCommandsToFail) {
    return { ...common, verdict: "fail", because: `the command called it bad ${badCommandsInARow} times in a row` };
  }
  if (badCommandsInARow > 0)
    return { ...common, verdict: "inconclusive", because: "the command's last answer was bad" };
  if (goodCommands === 0) return { ...common, verdict: "inconclusive", because: "the command has not answered yet" };
  return { ...common, verdict: "pass", because: "" };
}

/** One stretch of time proves little, good or bad: so many must have been seen before a release can pass. */
const fewestWindows = 4;

function judgeCoverage(state: AnalysisState, rules: AnalysisRules): Finding {
  const { provenRequests, provenWindows, seconds, missedSeconds } = state;
  const needed = Math.max(1, rules.minimumRequests);
  const doubts = [
    ...(provenRequests < needed ? [`only ${count(provenRequests)} of ${count(needed)} requests were seen`] : []),
    ...(provenRequests >= needed && provenWindows < fewestWindows ? ["it was watched for too short a time"] : []),
    ...(missedSeconds > seconds * tolerableGap
      ? [`${count(missedSeconds)} s of ${count(seconds)} s were not fully seen`]
      : []),
  ];
  return {
    measure: "coverage",
    candidate: `${count(provenRequests)} of ${count(needed)} requests`,
    baseline: `${count(missedSeconds)} s of ${count(seconds)} s missed`,
    verdict: doubts.length > 0 ? "inconclusive" : "pass",
    evidence: 0,
    because: doubts.join(", "),
  };
}

function comparisonOf([errors, latency]: readonly Finding[]): string {
  const latencies = latency?.verdict === "pass" ? `; ${latency.candidate} against ${latency.baseline}` : "";
  return `candidate ${errors!.candidate} against ${errors!.baseline}${latencies}`;
}
