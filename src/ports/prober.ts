/** Asks a service from outside, as a user would, while a deployment goes on. */

export interface Prober {
  /**
   * Begins to ask at a fixed rate. Each request is due at its own time, whatever became of those before it, so an
   * outage is counted as all the requests that users would have made in it.
   *
   * @throws {TypeError} when the address is not one
   */
  start(url: string, perSecond: number): Probing;
}

export interface Probing {
  /** What was seen since the last call. Quick: it waits for nothing. */
  take(): ProbeCounts;
  close(): void;
}

export interface ProbeCounts {
  /** Requests that became due. */
  readonly sent: number;
  /** Of these and of earlier ones: no answer, or one of 500 and above, as far as that is known by now. */
  readonly failed: number;
  /** The slowest answer, from the time at which its request was due; one that is still waited for counts with its age. */
  readonly slowestMilliseconds: number;
}
