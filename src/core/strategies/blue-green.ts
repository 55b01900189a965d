import { z } from "zod";

import { otherSide } from "../traffic.ts";
import { setUpBeside, switchTo } from "./moves.ts";
import { defineStrategy } from "./strategy.ts";

/** Starts the new release beside the old one, checks it, and moves all traffic at once. */
export const blueGreen = defineStrategy({
  kind: "blue-green",
  about: "Starts the new release beside the old one, checks it, and moves all traffic at once.",
  options: z.strictObject({
    green: z
      .array(z.string())
      .min(1)
      .optional()
      .describe("Hosts that form the green side; the others are blue. Without it each host has both, in two slots."),
    keepWarmSeconds: z
      .int()
      .nonnegative()
      .default(1_800)
      .describe("How long the old release stays up after the switch, so that the way back takes seconds."),
  }),

  plan({ hosts, slots, active, sideOf }) {
    const candidate = otherSide(active);
    const idle = slots ? hosts : hosts.filter((host) => sideOf(host) === candidate);
    const serving = slots ? hosts[0] : hosts.find((host) => sideOf(host) === active);
    const baseline = serving === undefined ? undefined : { host: serving, slot: slots ? active : "main" };
    return [...setUpBeside(idle, candidate, slots ? candidate : undefined, baseline), switchTo(candidate)];
  },
});
