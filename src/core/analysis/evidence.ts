/**
 * Evidence that grows with time: a gambler who bets on the candidate being worse.
 *
 * If it is not, the gambler's wealth is a supermartingale that begins at 1: it reaches 1/a with a probability of at
 * most a, whenever and however often one looks (Ville 1939; Robbins 1970; Johari et al. 2022; Ramdas et al. 2023).
 * The wealth is split evenly over bets on several odds, since nobody knows how much worse a bad release is.
 */
import { addBlock, clumpSize, noScatter, type Scatter } from "./clumps.ts";
import { logEvidenceAgainstBound, logEvidenceOfSplit, type Tally } from "./odds.ts";

/** What is bet on. */
export interface Bets {
  /** Times the odds of the baseline that a candidate may have. */
  readonly tolerated: number;
  /** Each a bet of its own. */
  readonly odds: readonly number[];
  /** The probability of reaching the line though the candidate is not worse. */
  readonly falseAlarm: number;
}

/** The candidate beside a baseline at the same time, or against a share that is tolerated at most. */
export type Comparison =
  | { readonly candidate: Tally; readonly baseline: Tally }
  | { readonly candidate: Tally; readonly bound: number };

/** The bets so far. Each one exists twice: first on all windows, then on those alone that were complete. */
export interface Evidence {
  /** Logarithms of the wealth of each bet at the end of the last whole block. */
  readonly closed: readonly number[];
  /** What each bet won or lost since, before it is cut. */
  readonly open: readonly number[];
  readonly block: { readonly seconds: number; readonly candidate: Tally; readonly baseline: Tally };
  /** The logarithm of what was not bet yet. */
  readonly reserve: number;
  readonly scatter: { readonly candidate: Scatter; readonly baseline: Scatter };
  /** What each bet would have won lately if every bad answer stood for itself: a reason to wait, and never to fail. */
  readonly plain: readonly number[];
  /** The logarithm of the wealth now, and of the most that it ever was. */
  readonly now: number;
  readonly peak: number;
}

/** Bad answers within so many seconds may have one cause: a stall, a crashed dependency. */
const blockSeconds = 1;
/** At least so many blocks must speak against a release, however strongly they do. */
const fewestBlocks = 3;
/** No block proves more than this part of what is needed before anything is known of clumps; or as much as one coin, if that is more. */
const mostOfFirstBlock = 1 / 6;
/** This part of all is held back at first, and bet at this pace: on releases that turn bad after a good time. */
const heldBack = 0.2;
const reserveSeconds = 900;
/** At this pace is forgotten what only looks bad: one stall is no reason to wait for ever. */
const fadeSeconds = 300;

const none: Tally = { requests: 0, bad: 0 };
const emptyBlock = { seconds: 0, candidate: none, baseline: none };

export function noEvidence(odds: readonly number[]): Evidence {
  const each = [...odds, ...odds];
  return {
    closed: each.map(() => Math.log1p(-heldBack)),
    open: each.map(() => 0),
    block: emptyBlock,
    reserve: Math.log(heldBack),
    scatter: { candidate: noScatter, baseline: noScatter },
    plain: odds.map(() => 0),
    now: Math.log1p(-heldBack),
    peak: Math.log1p(-heldBack),
  };
}

/** How many bad answers come together, as far as whole blocks tell. Never from the block that it is used for. */
export function clumpsIn(evidence: Evidence): number {
  return knownClumps(evidence) ?? 1;
}

/** The logarithm of what speaks against the candidate lately, if every bad answer stood for itself. */
export function plainEvidence({ plain }: Evidence): number {
  return logSum(plain) - Math.log(plain.length);
}

function knownClumps({ scatter }: Evidence): number | undefined {
  return clumpSize([scatter.candidate, scatter.baseline]);
}

/** The logarithm of what a block may prove at the most. */
function mostOf(block: Evidence["block"], bets: Bets, clumpsAreKnown: boolean): number {
  // What all bets together need to reach the line, and what one needs that has to reach it for all of them.
  const together = -Math.log(bets.falseAlarm) - Math.log1p(-heldBack);
  const alone = together + Math.log(2 * bets.odds.length);
  const most = Math.min(alone / (fewestBlocks - 0.05), together / (fewestBlocks - 1 + 0.01));
  if (clumpsAreKnown) return most;
  // Whoever sees one clump has seen one coin fall: the candidate's with the probability of its share.
  const { candidate, baseline } = block;
  const coin = baseline.requests === 0 ? 0 : Math.log1p(baseline.requests / Math.max(1, candidate.requests));
  return Math.min(most, Math.max(alone * mostOfFirstBlock, coin));
}

export function addEvidence(
  evidence: Evidence,
  bets: Bets,
  window: { readonly comparisons: readonly Comparison[]; readonly seconds: number; readonly complete: boolean },
): Evidence {
  const clumps = knownClumps(evidence);
  const each = bets.odds.map((odds) =>
    window.comparisons.reduce((sum, comparison) => sum + logEvidenceOf(comparison, odds, bets.tolerated), 0),
  );
  const fade = Math.exp(-window.seconds / fadeSeconds);
  const mostPlain = -2 * Math.log(bets.falseAlarm);
  const plain = each.map((log, index) => Math.min(mostPlain, Math.max(0, evidence.plain[index]! * fade + log)));
  // A root of a likelihood ratio has a mean of at most 1 too (Jensen), and counts a clump about once.
  const won = each.map((log) => log / (clumps ?? 1));
  const wonIfComplete = won.map((log) => (window.complete ? log : 0));
  const open = [...won, ...wonIfComplete].map((log, index) => evidence.open[index]! + log);
  const block = addToBlock(evidence.block, window);
  const most = mostOf(block, bets, clumps !== undefined);
  // Cutting only takes wealth away: the smaller of a supermartingale and a constant is a supermartingale.
  const wealth = evidence.closed.map((log, index) => log + Math.min(most, open[index]!));
  const now = logSum(wealth) - Math.log(wealth.length);
  const next = { ...evidence, open, block, plain, now, peak: Math.max(evidence.peak, now) };
  return block.seconds < blockSeconds ? next : closeBlock(next, wealth);
}

/**
 * Ends a block, and puts a part of the reserve into each bet. So a bet that lost nearly all in a good hour is not out
 * of the game: a mixture over the times at which a release turns bad (as in Shin, Ramdas and Rinaldo 2024, e-detectors;
 * here the parts sum to 1, so Ville's inequality holds for the whole time).
 */
function closeBlock(evidence: Evidence, wealth: readonly number[]): Evidence {
  const { block, reserve, scatter } = evidence;
  const pace = block.seconds / reserveSeconds;
  const bet = reserve + Math.log(-Math.expm1(-pace));
  return {
    ...evidence,
    closed: wealth.map((log) => logSum([log, bet])),
    open: evidence.open.map(() => 0),
    block: emptyBlock,
    reserve: reserve - pace,
    scatter: {
      candidate: addBlock(scatter.candidate, block.candidate),
      baseline: addBlock(scatter.baseline, block.baseline),
    },
  };
}

/** Forgets how bad answers scattered, where "bad" has a new meaning from now on. */
export function forgetScatter(evidence: Evidence): Evidence {
  return { ...evidence, scatter: { candidate: noScatter, baseline: noScatter } };
}

/** Whether a block has begun: until it ends, what counts as bad must stay the same. */
export function isWithinBlock({ block }: Evidence): boolean {
  return block.seconds > 0;
}

function logEvidenceOf(comparison: Comparison, odds: number, tolerated: number): number {
  return "bound" in comparison
    ? logEvidenceAgainstBound(comparison.candidate, comparison.bound, odds, tolerated)
    : logEvidenceOfSplit(comparison.candidate, comparison.baseline, odds, tolerated);
}

function addToBlock(
  block: Evidence["block"],
  window: { readonly comparisons: readonly Comparison[]; readonly seconds: number },
): Evidence["block"] {
  const baselines = window.comparisons.map((one) => ("bound" in one ? none : one.baseline));
  return {
    seconds: block.seconds + window.seconds,
    candidate: window.comparisons.reduce((sum, { candidate }) => addTally(sum, candidate), block.candidate),
    baseline: baselines.reduce(addTally, block.baseline),
  };
}

function addTally(a: Tally, b: Tally): Tally {
  return { requests: a.requests + b.requests, bad: a.bad + b.bad };
}

/** The logarithm of the sum of what these are logarithms of. */
function logSum(logs: readonly number[]): number {
  const largest = Math.max(...logs);
  return largest + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - largest), 0));
}
