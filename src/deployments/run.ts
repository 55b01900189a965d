/**
 * THE STORY of a deployment: look what is next, do it, write it down, again.
 *
 * It holds no state of its own and may be killed at any line; called again it goes on where the journal says.
 */
import { eventOf } from "../core/decision.ts";
import { nextMove } from "../core/next-move.ts";
import { onlyWatches } from "../core/waits.ts";
import { admit } from "./admit.ts";
import { askApproval } from "./approvals/ask.ts";
import { lookAgain } from "./approvals/look-again.ts";
import { wakeOthers } from "./approvals/wake.ts";
import { lookAtFreezes } from "./freezes/gate.ts";
import { finish } from "./finish.ts";
import { Journal } from "./journal.ts";
import { perform } from "./perform.ts";
import { recordRolloutPlan } from "./plans.ts";
import { voidOldSecrets } from "./secrets/void-old-secrets.ts";
import { waitForNews } from "./wait.ts";
import { witnessing } from "./witnessing.ts";
import type { World } from "./world.ts";

/** Carries a deployment as far as it goes now: to its end, or to the next thing that has to be waited for. */
export async function runDeployment(id: string, world: World, stop: AbortSignal): Promise<void> {
  if ((await world.store.installation()).frozen) return;
  const journal = await Journal.open(world, id);
  const witness = witnessing(journal, world, stop);
  try {
    await carry(journal, world, stop, witness);
  } finally {
    await witness.end();
  }
}

async function carry(
  journal: Journal,
  world: World,
  stop: AbortSignal,
  witness: ReturnType<typeof witnessing>,
): Promise<void> {
  while (!stop.aborted) {
    await witness.lookAt(journal.deployment);
    // An exception may have come, or the window is gone: then it goes on at once.
    if (journal.deployment.frozen !== undefined && (await lookAtFreezes(journal, world))) continue;
    const move = nextMove(journal.deployment, world.clock.now());

    switch (move.kind) {
      case "perform":
        await perform(move, journal, world, stop);
        break;
      case "begin-wait":
      case "conclude":
      case "narrow":
      case "leave-behind":
      case "plan-roll-back":
        await journal.decide([eventOf(move, journal.deployment)]);
        // Who waits behind an approved rollout is asked about when that only watches.
        if (move.kind === "begin-wait" && onlyWatches(journal.deployment))
          await wakeOthers(journal.deployment.request, world);
        break;
      case "plan-rollout":
        await recordRolloutPlan(journal, world);
        break;
      case "ask-approval":
        if (!(await askApproval(journal, world))) return;
        break;
      case "admit":
        if (!(await admit(journal, world))) return;
        break;
      case "finish":
        // What was seen last belongs before the end.
        await witness.end();
        await finish(move, journal, world);
        break;
      case "wait":
        if (await voidOldSecrets(journal, world)) break;
        if (witness.isWatching) {
          await waitForNews(move.until, journal, world, stop);
          // What was seen until now belongs to the decision that is due now.
          if (move.until !== undefined && world.clock.now() >= move.until) await witness.cut();
          break;
        }
        if (await lookAgain(journal, world)) break;
        // Without a time it waits for somebody, who wakes it.
        if (move.until !== undefined) world.queue.wake(journal.deployment.id, move.until);
        return;
      case "rest":
        await world.workspaces.drop(journal.deployment.id);
        return;
    }
  }
}
