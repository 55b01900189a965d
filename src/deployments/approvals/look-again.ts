/** What people are asked about has to hold when they answer. */
import { isApproved } from "../../core/approval-gate.ts";
import { endedRollouts } from "../admit.ts";
import type { Journal } from "../journal.ts";
import type { World } from "../world.ts";

/**
 * While people think, another rollout of the service may end. Then the plan is made from what the hosts say now, so
 * that nobody approves one that can't begin any more. With the same result nothing has changed for anybody.
 *
 * @returns whether something was written, so that there is a next move
 */
export async function lookAgain(journal: Journal, { store }: World): Promise<boolean> {
  const { deployment } = journal;
  if (deployment.state !== "awaiting-approval" || isApproved(deployment)) return false;
  const ended = await endedRollouts(deployment.request, store);
  if (ended === deployment.ended) return false;
  await journal.decide([{ kind: "overtaken", ended }]);
  return true;
}
