/** Looks at the calendar for a deployment, and writes down what it says. */
import { freezeAt } from "../../core/freeze.ts";
import { canBeFrozen, freezeNews } from "../../core/freeze-gate.ts";
import type { Journal } from "../journal.ts";
import type { World } from "../world.ts";

/** @returns true when something was written, so that what is next has to be asked again */
export async function lookAtFreezes(journal: Journal, { store, clock }: World): Promise<boolean> {
  const { deployment } = journal;
  if (!canBeFrozen(deployment)) return false;
  const news = freezeNews(deployment, freezeAt(await store.freezes.calendar(), deployment.request, clock.now()));
  if (news === undefined) return false;
  // It may have kept the lock to be planned anew; nobody waits for a lock while nothing is done.
  await journal.decide([news], news.kind === "frozen" ? { releaseLocksOf: [deployment.id] } : {});
  return true;
}
