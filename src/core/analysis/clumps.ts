import type { Tally } from "./odds.ts";

/** What has to be kept of one release's blocks to know whether its bad answers come one by one or in clumps. */
export interface Scatter {
  readonly blocks: number;
  readonly requests: number;
  readonly bad: number;
  /** The sum over neighbouring blocks of the squared difference of their shares, in units of its variance for a share of 1. */
  readonly steps: number;
  readonly last: Tally;
}

export const noScatter: Scatter = { blocks: 0, requests: 0, bad: 0, steps: 0, last: { requests: 0, bad: 0 } };

export function addBlock(scatter: Scatter, { requests, bad }: Tally): Scatter {
  if (requests === 0) return scatter;
  return {
    blocks: scatter.blocks + 1,
    requests: scatter.requests + requests,
    bad: scatter.bad + bad,
    steps: scatter.steps + (scatter.blocks === 0 ? 0 : stepBetween(scatter.last, { requests, bad })),
    last: { requests, bad },
  };
}

function stepBetween(a: Tally, b: Tally): number {
  return (a.bad / a.requests - b.bad / b.requests) ** 2 / (1 / a.requests + 1 / b.requests);
}

/**
 * Bad answers per clump, at least 1: how much more their share differs from one block to the next than that of
 * independent ones would (the mean square successive difference of von Neumann 1941, over the variance of a binomial
 * share, as in the dispersion of quasi-likelihood: McCullagh and Nelder 1989, 4.5). Clumps of a constant size s give s.
 *
 * Neighbours, and not the distance of each block from the mean of all: a release that turns bad is one step, and not a
 * clump as large as all that it has spoilt since, which would excuse it for ever. Each release speaks with the weight
 * of its bad answers: who has none knows nothing.
 *
 * @returns undefined as long as nobody knows
 */
export function clumpSize(scatters: readonly Scatter[]): number | undefined {
  const known = scatters.filter(({ blocks, bad }) => blocks > 1 && bad > 0);
  const weight = known.reduce((sum, { bad }) => sum + bad, 0);
  if (weight === 0) return undefined;
  return Math.max(1, known.reduce((sum, scatter) => sum + scatter.bad * dispersion(scatter), 0) / weight);
}

function dispersion({ blocks, requests, bad, steps }: Scatter): number {
  const share = bad / requests;
  // Where everything is bad, nothing scatters.
  if (share === 1) return 1;
  const seen = steps / share / (1 - share) / (blocks - 1);
  // From a few blocks it is often too small by chance, so about a standard error is added.
  return seen * (1 + 1 / Math.sqrt(blocks));
}
