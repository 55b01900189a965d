/** What waits at the proxies, and which share they give. */
import type { Target } from "../core/service.ts";
import type { Part } from "./witness-part.ts";
import type { World } from "./world.ts";

export interface ProxiesPart extends Part {
  /** Of the side that is not active, as the first proxy said last. */
  share(): number;
}

export function proxiesPart(target: Target, { traffic }: World): ProxiesPart {
  let queued = 0;
  let share = 0;
  return {
    async look(signal) {
      const states = await traffic.states(target, signal);
      const waiting = states.flatMap(({ members }) => Object.values(members).map((member) => member.queued));
      queued = Math.max(
        queued,
        waiting.reduce((sum, one) => sum + one, 0),
      );
      share = states[0]?.share ?? 0;
    },
    take() {
      const seen = { queued };
      queued = 0;
      return seen;
    },
    share: () => share,
  };
}
