/** Waiting within a rollout: until a time, until the journal says something new, or until the server stops. */
import type { Journal } from "./journal.ts";
import type { World } from "./world.ts";

/** Even when nothing is written, it is looked again this often. */
const longestMilliseconds = 5_000;

export async function waitForNews(
  until: number | undefined,
  journal: Journal,
  { bell, clock }: Pick<World, "bell" | "clock">,
  stop: AbortSignal,
): Promise<void> {
  const news = new AbortController();
  const off = bell.on(journal.deployment.id, () => news.abort());
  try {
    // What was written before the bell was listened to would otherwise be missed.
    const before = journal.deployment.sequence;
    if ((await journal.refresh()).sequence !== before) return;
    const remaining = (until ?? Number.POSITIVE_INFINITY) - clock.now();
    const milliseconds = Math.max(0, Math.min(remaining, longestMilliseconds));
    await clock.sleep(milliseconds, AbortSignal.any([stop, news.signal]));
    await journal.refresh();
  } finally {
    off();
  }
}
