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
  await journal.decide([news]);
  return true;
}
