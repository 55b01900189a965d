import type { Tally } from "./odds.ts";

/** What has to be kept of one release's blocks to know whether its bad answers come one by one or in clumps. */
export interface Scatter {
  readonly blocks: number;
  readonly requests: number;
  readonly bad: number;
  /** The sum over blocks of bad² / requests. */
  readonly squares: number;
}

export const noScatter: Scatter = { blocks: 0, requests: 0, bad: 0, squares: 0 };

export function addBlock(scatter: Scatter, { requests, bad }: Tally): Scatter {
  if (requests === 0) return scatter;
  return {
    blocks: scatter.blocks + 1,
    requests: scatter.requests + requests,
    bad: scatter.bad + bad,
    squares: scatter.squares + (bad * bad) / requests,
  };
}

/**
 * Bad answers per clump, at least 1: how much more their counts scatter from block to block than independent ones
 * would (Pearson's X² over its degrees of freedom, the dispersion of quasi-likelihood: Wedderburn 1974; McCullagh and
 * Nelder 1989, 4.5). Clumps of a constant size s give s; a rate that changes with time gives more, which only makes
 * the comparison more careful. Each release speaks with the weight of its bad answers: who has none knows nothing.
 *
 * @returns undefined as long as nobody knows
 */
export function clumpSize(scatters: readonly Scatter[]): number | undefined {
  const known = scatters.filter(({ blocks, bad }) => blocks > 1 && bad > 0);
  const weight = known.reduce((sum, { bad }) => sum + bad, 0);
  if (weight === 0) return undefined;
  return Math.max(1, known.reduce((sum, scatter) => sum + scatter.bad * dispersion(scatter), 0) / weight);
}

function dispersion({ blocks, requests, bad, squares }: Scatter): number {
  const share = bad / requests;
  // Where everything is bad, nothing scatters.
  if (share === 1) return 1;
  return (squares / share - bad) / (1 - share) / (blocks - 1);
}
