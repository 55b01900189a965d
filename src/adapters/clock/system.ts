/** The machine's own clock. */
import type { Clock } from "../../ports/clock.ts";

/** A longer timer would fire at once. */
const longestTimer = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),

  async sleep(milliseconds, signal) {
    // Not the wall clock: somebody may set it while this sleeps.
    const end = performance.now() + milliseconds;
    const left = (): number => (signal?.aborted === true ? 0 : end - performance.now());
    for (let rest = left(); rest > 0; rest = left()) await timer(Math.min(rest, longestTimer), signal);
  },
};

function timer(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(handle);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const handle = setTimeout(done, milliseconds);
    signal?.addEventListener("abort", done);
  });
}
