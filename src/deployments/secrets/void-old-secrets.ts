/** A plan that means an old version of a secret is void, for as long as its rollout has not begun. */
import type { Journal } from "../journal.ts";
import type { World } from "../world.ts";
import { hasOtherSecrets } from "./pins.ts";

/** Called where no step runs. @returns whether it is to be planned again */
export async function voidOldSecrets(journal: Journal, world: World): Promise<boolean> {
  const { deployment } = journal;
  if (deployment.epoch !== undefined || !(await hasOtherSecrets(deployment, world))) return false;
  await journal.decide([{ kind: "overtaken", ended: deployment.ended ?? 0, because: "secrets" }]);
  return true;
}
