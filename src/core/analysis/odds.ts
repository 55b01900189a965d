/**
 * How likely a split of bad answers between two releases is, when the odds of one are so many times those of the other.
 *
 * Everything is a logarithm: with millions of requests the probabilities themselves are far below the smallest number.
 */

/** Bad ones among all requests of one release in one stretch of time. "Bad" is an error, or slower than a threshold. */
export interface Tally {
  readonly requests: number;
  readonly bad: number;
}

const table: number[] = [0];
for (let n = 1; n < 1_024; n += 1) table.push(table[n - 1]! + Math.log(n));

/** The logarithm of n! for whole n of at least 0, by Stirling's series (Abramowitz and Stegun 1964, 6.1.41) from 1,024 on. */
export function logFactorial(n: number): number {
  const known = table[n];
  if (known !== undefined) return known;
  const inverse = 1 / n;
  const series = inverse / 12 - inverse ** 3 / 360 + inverse ** 5 / 1_260;
  return (n + 0.5) * Math.log(n) - n + 0.5 * Math.log(2 * Math.PI) + series;
}

function logChoose(n: number, k: number): number {
  return logFactorial(n) - logFactorial(k) - logFactorial(n - k);
}

/**
 * The probability that `candidate.bad` of all bad answers are the candidate's, given how many there are in all and how
 * many requests each release had: Fisher's non-central hypergeometric distribution (Fisher 1935; Fog 2008). With odds
 * of 1 it is the hypergeometric distribution of Fisher's exact test.
 */
export function logProbabilityOfSplit(candidate: Tally, baseline: Tally, odds: number): number {
  const bad = candidate.bad + baseline.bad;
  const term =
    logChoose(candidate.requests, candidate.bad) +
    logChoose(baseline.requests, baseline.bad) +
    candidate.bad * Math.log(odds);
  return term - logSumOfSplits(candidate.requests, baseline.requests, bad, odds);
}

/**
 * By how much a split speaks for these odds rather than for the tolerated ones: the logarithm of the likelihood ratio.
 *
 * Given the margins of its window, its mean under the tolerated odds is exactly 1, and below 1 under lower ones, since
 * the likelihood ratio rises with the candidate's part. That holds for any share, any rate and any count, and whatever
 * the rate was in other windows (Turner, Ly and Grünwald 2024 for e-values of 2x2 tables; stratified: Turner and
 * Grünwald 2023). The coin "each error is the candidate's with the probability of its share" is its limit for rare
 * errors; for frequent ones it is too careful, because then the margins leave less room (Hoeffding 1963, theorem 4).
 */
export function logEvidenceOfSplit(candidate: Tally, baseline: Tally, odds: number, tolerated: number): number {
  const bad = candidate.bad + baseline.bad;
  const good = candidate.requests + baseline.requests - bad;
  if (bad === 0 || good === 0 || candidate.requests === 0 || baseline.requests === 0) return 0;
  const sum = (at: number): number => logSumOfSplits(candidate.requests, baseline.requests, bad, at);
  return candidate.bad * Math.log(odds / tolerated) - sum(odds) + sum(tolerated);
}

/**
 * The same without a baseline at that time: against a known share of bad answers that is tolerated at most. The
 * binomial likelihood ratio of Wald (1945); its mean is 1 at the bound and below 1 under it.
 */
export function logEvidenceAgainstBound(candidate: Tally, bound: number, odds: number, tolerated: number): number {
  if (bound >= 1) return 0;
  const worse = withOdds(bound, odds);
  const accepted = withOdds(bound, tolerated);
  const { bad, requests } = candidate;
  return bad * Math.log(worse / accepted) + (requests - bad) * (Math.log1p(-worse) - Math.log1p(-accepted));
}

/** The share whose odds are so many times those of the given share. */
function withOdds(share: number, times: number): number {
  return (share * times) / (1 - share + share * times);
}

/** The logarithm of the sum over all splits of C(candidate, k) C(baseline, bad - k) odds^k, summed outwards from the largest term. */
function logSumOfSplits(candidate: number, baseline: number, bad: number, odds: number): number {
  const least = Math.max(0, bad - baseline);
  const most = Math.min(bad, candidate);
  const middle = likeliestSplit(candidate, baseline, bad, odds);
  const start = Math.min(most, Math.max(least, middle));
  const largest = logChoose(candidate, start) + logChoose(baseline, bad - start) + start * Math.log(odds);

  let sum = 1;
  for (let k = start, term = 1; k < most && term > sum * 1e-17; k += 1) {
    term *= (odds * (candidate - k) * (bad - k)) / ((k + 1) * (baseline - bad + k + 1));
    sum += term;
  }
  for (let k = start, term = 1; k > least && term > sum * 1e-17; k -= 1) {
    term *= (k * (baseline - bad + k)) / (odds * (candidate - k + 1) * (bad - k + 1));
    sum += term;
  }
  return largest + Math.log(sum);
}

/** The mode of Fisher's non-central hypergeometric distribution: the root of a quadratic equation (Liao and Rosen 2001). */
function likeliestSplit(candidate: number, baseline: number, bad: number, odds: number): number {
  if (odds === 1) return Math.floor(((bad + 1) * (candidate + 1)) / (candidate + baseline + 2));
  const a = odds - 1;
  const b = -((candidate + bad + 2) * odds + baseline - bad);
  const c = (candidate + 1) * (bad + 1) * odds;
  return Math.floor((2 * c) / (-b + Math.sqrt(b * b - 4 * a * c)));
}
