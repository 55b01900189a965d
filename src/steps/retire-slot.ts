/** Stops the copy in a slot that gets no requests any more: its unit serves nothing from then on, also after a boot. */
import { NO_RELEASE } from "../core/release.ts";
import { activate } from "./activation.ts";
import { takenOut } from "./out-of-rotation.ts";
import { placeOf } from "./slot-place.ts";
import type { StepDefinition } from "./step.ts";

export const retireSlot: StepDefinition<"retire-slot"> = {
  kind: "retire-slot",
  title: ({ slot, hosts }) => `stop the slot ${slot} on ${hosts.length} ${hosts.length === 1 ? "host" : "hosts"}`,

  async perform({ slot }, context) {
    const place = placeOf(context.target, slot);
    const held = await takenOut(place, context, true);
    const outcome = held ?? (await activate(context, { ...place, goal: NO_RELEASE }));
    return outcome.kind === "done"
      ? { ...outcome, note: outcome.changed ? "stopped" : "was stopped already" }
      : outcome;
  },
};
