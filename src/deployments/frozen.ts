/** An installation that was restored from a backup does nothing, until a person confirms that it is the only one. */
import { finalStates } from "../core/deployment.ts";
import type { Deployment, FinalState } from "../core/deployment.ts";
import { callOff } from "./approvals/call-off.ts";
import { Journal } from "./journal.ts";
import { hostLockOwner } from "./locks.ts";
import type { World } from "./world.ts";

/** The installation may not change anything: its backup was restored and nobody has confirmed that it is the only one. */
export class Frozen extends Error {
  override readonly name = "Frozen";
}

export async function refuseWhileFrozen({ store }: Pick<World, "store">): Promise<void> {
  const { frozen } = await store.installation();
  if (!frozen) return;
  throw new Frozen(
    "this installation was restored from a backup and is frozen; confirm that no other one is at work with: signalbox restore --confirm",
  );
}

/**
 * Lets a restored installation work. What was under way when the backup was made is not taken up again: whoever made
 * the backup went on with it, and only the hosts know how it ended.
 */
export async function thaw(by: string, world: World): Promise<void> {
  const { frozen } = await world.store.installation();
  if (!frozen) return;
  for (const { id } of await world.store.deployments({ unfinished: true })) await end(id, world);
  await world.store.thaw(by);
}

async function end(id: string, world: World): Promise<void> {
  const journal = await Journal.open(world, id);
  while (!finalStates.has(journal.deployment.state)) {
    const { behind, ...how } = ending(journal.deployment);
    const { end: told, approvals, messages, audit } = await callOff(journal.deployment, how, world);
    await journal.decide([{ kind: "finished", ...told, behind }], {
      releaseLocksOf: [id, hostLockOwner(id)],
      approvals,
      messages,
      audit,
    });
  }
}

function ending({ epoch, rollout }: Deployment): {
  readonly state: FinalState;
  readonly message: string;
  readonly behind: readonly string[];
} {
  const when = "it was under way when the backup was made that this installation was restored from";
  if (epoch === undefined) return { state: "withdrawn", message: `${when}, and had changed nothing`, behind: [] };
  return {
    state: "rollback-failed",
    message: `${when}; how it ended only the hosts know: signalbox status --live`,
    behind: Object.keys(rollout?.targets[0].goal ?? {}),
  };
}
