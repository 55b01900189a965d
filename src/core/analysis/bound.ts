import { logFactorial, type Tally } from "./odds.ts";

/**
 * A share that the true share of bad answers does not exceed, at whatever time one looks, but with the given
 * probability. A confidence sequence: all shares that a mixture of alternatives, uniform on 0 to 1, has not ruled out
 * by Ville's inequality (Robbins 1970; Howard, Ramdas, McAuliffe and Sekhon 2021).
 *
 * @param clump how many bad answers come together; so many count as one observation
 */
export function upperBound(seen: Tally, clump: number, probability: number): number {
  const requests = Math.floor(seen.requests / clump);
  const bad = Math.min(requests, Math.ceil(seen.bad / clump));
  if (bad === requests) return 1;
  const mixture = -Math.log(requests + 1) + logFactorial(bad) + logFactorial(requests - bad) - logFactorial(requests);
  const ruledOut = (share: number): boolean =>
    mixture - bad * Math.log(share) - (requests - bad) * Math.log1p(-share) >= -Math.log(probability);
  // From the observed share upwards the likelihood only falls, so halving finds the one place where it is too low.
  let low = bad / requests;
  let high = 1;
  for (let halving = 0; halving < 60; halving += 1) {
    const middle = (low + high) / 2;
    if (middle > 0 && ruledOut(middle)) high = middle;
    else low = middle;
  }
  return high;
}
