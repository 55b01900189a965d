/** Requests as two releases would answer them, with dice that always fall the same way: for simulations of verdicts. */
import type { AnalysisWindow } from "../../src/core/analysis/analysis.ts";
import { bucketOf, latencyEdges, type RequestCounts } from "../../src/core/analysis/counts.ts";

/** Dice from a seed (mulberry32): the same numbers on every machine. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** Evenly from 0 to 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** How many of n happen that each happen with the given probability: by counting the gaps between them. */
  binomial(n: number, probability: number): number {
    if (probability <= 0) return 0;
    if (probability > 0.5) return n - this.binomial(n, 1 - probability);
    const scale = Math.log1p(-probability);
    let happened = 0;
    for (let at = this.#gap(scale); at < n; at += 1 + this.#gap(scale)) happened += 1;
    return happened;
  }

  #gap(scale: number): number {
    return Math.floor(Math.log(1 - this.next()) / scale);
  }
}

/** How a release answers. */
export interface Behaviour {
  /** The share of errors, from 0 to 1. */
  readonly errors: number;
  /** Log-normal: the median in milliseconds, and the standard deviation of the logarithm. */
  readonly median: number;
  readonly spread: number;
  /** Errors come in clumps of so many; the share of errors stays what it is. */
  readonly clump?: number;
}

export interface Simulated {
  readonly candidate: Behaviour;
  readonly baseline: Behaviour;
  readonly share: number;
  /** Requests in each window, of both together. */
  readonly requests: number;
  readonly seconds: number;
  /** Windows of which the feed missed something. */
  readonly missed?: number;
}

export function simulatedWindow(dice: Dice, simulated: Simulated): AnalysisWindow {
  const { candidate, baseline, share, requests, seconds, missed = 0 } = simulated;
  const ours = dice.binomial(requests, share);
  return {
    candidate: simulatedCounts(dice, candidate, ours),
    baseline: simulatedCounts(dice, baseline, requests - ours),
    complete: missed === 0 || dice.next() >= missed,
    seconds,
    restarts: 0,
  };
}

export function simulatedCounts(dice: Dice, behaviour: Behaviour, requests: number): RequestCounts {
  const { errors, clump = 1 } = behaviour;
  // Each request may begin a clump; what does not fit into the window is left out.
  const bad = Math.min(requests, dice.binomial(requests, errors / clump) * clump);
  const probabilities = bucketProbabilities(behaviour);
  const buckets: number[] = [];
  let left = requests;
  let probabilityLeft = 1;
  for (const probability of probabilities) {
    const here = probabilityLeft <= 1e-12 ? left : dice.binomial(left, Math.min(1, probability / probabilityLeft));
    buckets.push(here);
    left -= here;
    probabilityLeft -= probability;
  }
  buckets[buckets.length - 1]! += left;
  return { requests, errors: bad, buckets };
}

const remembered = new Map<string, readonly number[]>();

/** The probability of each latency bucket. */
function bucketProbabilities({ median, spread }: Behaviour): readonly number[] {
  const key = `${median} ${spread}`;
  const known = remembered.get(key);
  if (known !== undefined) return known;
  const below = latencyEdges.map((edge) => normalBelow(Math.log(edge / median) / spread));
  const probabilities = [...below, 1].map((value, index) => value - (index === 0 ? 0 : below[index - 1]!));
  remembered.set(key, probabilities);
  return probabilities;
}

/** The standard normal distribution function, to 1e-7 (Abramowitz and Stegun 1964, 26.2.17). */
function normalBelow(z: number): number {
  if (z < 0) return 1 - normalBelow(-z);
  const t = 1 / (1 + 0.231_641_9 * z);
  const series =
    t * (0.319_381_53 + t * (-0.356_563_782 + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
  return 1 - (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * series;
}

/** Counts with all latencies in one bucket, for tests that state each number. */
export function counts(requests: number, errors: number, milliseconds = 20): RequestCounts {
  const bucket = bucketOf(milliseconds);
  return {
    requests,
    errors,
    buckets: [...latencyEdges, Infinity].map((_edge, index) => (index === bucket ? requests : 0)),
  };
}
