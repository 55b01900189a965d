/** When a witness looks at a rollout: from its first step to its end, where there is something to see. */
import type { Deployment, State } from "../core/deployment.ts";
import { finalStates, targetOf } from "../core/deployment.ts";
import type { Journal } from "./journal.ts";
import { startWitness } from "./witness.ts";
import type { Witness } from "./witness.ts";
import type { World } from "./world.ts";

const underWay: ReadonlySet<State> = new Set<State>(["running", "paused", "rolling-back"]);

export interface Witnessing {
  readonly isWatching: boolean;
  /** Begins, or closes a stretch of time when hosts have changed since the last call. */
  lookAt(deployment: Deployment): Promise<void>;
  /** Writes down what was seen until now. */
  cut(): Promise<void>;
  end(): Promise<void>;
}

export function witnessing(journal: Journal, world: World, stop: AbortSignal): Witnessing {
  let witness: Witness | undefined;
  let changes = 0;
  const end = async (): Promise<void> => {
    await witness?.stop();
    witness = undefined;
  };
  return {
    get isWatching() {
      return witness !== undefined;
    },
    async lookAt(deployment) {
      if (finalStates.has(deployment.state)) return end();
      if (witness === undefined && underWay.has(deployment.state) && hasSomethingToSee(deployment)) {
        witness = startWitness(journal, world, stop);
      }
      const settled = settledSteps(deployment);
      // A stretch of time never mixes what was before a change with what came after it.
      if (settled !== changes) await witness?.cut();
      changes = settled;
    },
    cut: async () => witness?.cut(),
    end,
  };
}

function hasSomethingToSee(deployment: Deployment): boolean {
  const steps = deployment.rollout?.steps ?? [];
  return targetOf(deployment).traffic.kind !== "none" || steps.some(({ kind }) => kind === "analyse");
}

/** How many places have ended a step of the rollout. */
function settledSteps({ progress }: Deployment): number {
  const places = [...progress.rollout.values(), ...progress["roll-back"].values()].flatMap((hosts) => [
    ...hosts.values(),
  ]);
  return places.filter(({ outcome }) => outcome !== undefined).length;
}
