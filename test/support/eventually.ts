/** Waiting for what comes by itself. */
import { setTimeout } from "node:timers/promises";

const patienceMilliseconds = 10_000;

/** What `look` finds, as soon as it finds something. */
export async function eventually<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (const end = Date.now() + patienceMilliseconds; ;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error(`it did not come in ${patienceMilliseconds / 1000} s`);
    await setTimeout(10);
  }
}
