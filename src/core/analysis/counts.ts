/** Requests as they are counted for an analysis: small, additive, and enough to compare two releases. */

/** Upper edges of the latency buckets, in milliseconds; a last bucket takes the rest. */
export const latencyEdges = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000] as const;

export interface RequestCounts {
  readonly requests: number;
  /** Answers of 500 and above, and requests that the proxy had to answer itself because the service did not. */
  readonly errors: number;
  /** Requests by latency, one number more than `latencyEdges`. */
  readonly buckets: readonly number[];
}

export const noRequests: RequestCounts = { requests: 0, errors: 0, buckets: latencyEdges.map(() => 0).concat(0) };

export function bucketOf(milliseconds: number): number {
  const index = latencyEdges.findIndex((edge) => milliseconds <= edge);
  return index === -1 ? latencyEdges.length : index;
}

export function addCounts(a: RequestCounts, b: RequestCounts): RequestCounts {
  return {
    requests: a.requests + b.requests,
    errors: a.errors + b.errors,
    buckets: a.buckets.map((count, index) => count + (b.buckets[index] ?? 0)),
  };
}
