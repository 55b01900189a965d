/**
 * THE STORY of a deployment: look what is next, do it, write it down, again.
 *
 * It holds no state of its own and may be killed at any line; called again it goes on where the journal says.
 */
import { nextMove } from "../core/next-move.ts";
import { admit } from "./admit.ts";
import { finish } from "./finish.ts";
import { Journal } from "./journal.ts";
import { perform } from "./perform.ts";
import { recordRollBackPlan, recordRolloutPlan } from "./plans.ts";
import type { World } from "./world.ts";

/** Carries a deployment as far as it goes now: to its end, or to the next thing that has to be waited for. */
export async function runDeployment(id: string, world: World, stop: AbortSignal): Promise<void> {
  if ((await world.store.installation()).frozen) return;
  const journal = await Journal.open(world, id);

  while (!stop.aborted) {
    const move = nextMove(journal.deployment, world.clock.now());

    switch (move.kind) {
      case "perform":
        await perform(move, journal, world, stop);
        break;
      case "begin-soak":
        await journal.decide([{ kind: "step-started", track: move.track, step: move.index, hosts: [], attempt: 1 }]);
        break;
      case "plan-rollout":
        await recordRolloutPlan(journal, world);
        break;
      case "admit":
        if (!(await admit(journal, world))) return;
        break;
      case "leave-behind":
        await journal.decide([{ kind: "left-behind", hosts: move.hosts, message: move.message }]);
        break;
      case "plan-roll-back":
        await recordRollBackPlan(journal, move.reason);
        break;
      case "finish":
        await finish(move, journal, world);
        break;
      case "wait":
        // Without a time it waits for somebody, who wakes it.
        if (move.until !== undefined) world.queue.wake(id, move.until);
        return;
      case "rest":
        await world.workspaces.drop(id);
        return;
    }
  }
}
