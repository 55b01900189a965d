/** One host goes from one release to another, or stays where it was. */
import { activate } from "./activation.ts";
import { takenOut } from "./out-of-rotation.ts";
import { placeOf } from "./slot-place.ts";
import type { StepDefinition } from "./step.ts";

export const activateRelease: StepDefinition<"activate-release"> = {
  kind: "activate-release",
  title: ({ hosts }) => `activate on ${hosts.length} ${hosts.length === 1 ? "host" : "hosts"}`,

  async perform({ slot, beside }, context) {
    const { target, goal, host } = context;
    if (goal === undefined) return { kind: "failed", message: `the plan does not say what ${host} is to serve` };
    const place = placeOf(target, slot);
    const held = beside === true ? undefined : await takenOut(place, context);
    return held ?? activate(context, { ...place, goal });
  },
};
