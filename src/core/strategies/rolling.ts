import { z } from "zod";

import { batches } from "../batch.ts";
import type { RolloutStep } from "../step.ts";
import { otherSide } from "../traffic.ts";
import { exchange, setShare, setUpBeside, switchTo } from "./moves.ts";
import type { RolloutInput } from "./strategy.ts";
import { defineStrategy } from "./strategy.ts";

/** A number of hosts, or a share of them such as `25%`. */
const batchSize = z.union([z.int().positive(), z.templateLiteral([z.int().min(1).max(100), "%"])]);

/** Replaces the old release batch by batch; the first batch is one host. */
export const rolling = defineStrategy({
  kind: "rolling",
  about: "Replaces the old release batch by batch; the first batch is one host.",
  options: z.strictObject({
    batch: batchSize.default(1).describe("How many hosts are replaced at once: a number, or a share such as `25%`."),
    soakSeconds: z.int().nonnegative().default(0).describe("How long each batch is watched before the next one."),
  }),

  plan(input, { batch, soakSeconds }) {
    const { hosts, zoneOf, floor, slots, inPlace } = input;
    const beside = slots && !inPlace;
    // A second copy that comes first takes nothing out of rotation, so no floor limits the batch.
    const all = batches(hosts, { size: batch, zoneOf, floor: beside ? 0 : floor });
    return all.flatMap((batch, index) => {
      const isLast = index === all.length - 1;
      const done = all.slice(0, index + 1).flat().length;
      return [
        ...(beside ? surge(batch, done, isLast, input) : exchange(batch, input)),
        ...(soakSeconds > 0 && !isLast ? [soak(soakSeconds, input)] : []),
      ];
    });
  },
});

/** The extra copy starts first and takes its part of the traffic; only then the old one leaves. */
function surge(
  batch: readonly string[],
  done: number,
  isLast: boolean,
  { hosts, active }: RolloutInput,
): readonly RolloutStep[] {
  const candidate = otherSide(active);
  return [
    ...setUpBeside(batch, candidate, candidate, { host: batch[0]!, slot: active }),
    isLast ? switchTo(candidate) : setShare(candidate, done / hosts.length),
    { kind: "drain", hosts: batch, side: active, replaced: true },
    { kind: "retire-slot", hosts: batch, slot: active },
  ];
}

/** Where requests are seen, a soak is more than waiting: a release that is worse does not go on. */
function soak(seconds: number, { traffic }: RolloutInput): RolloutStep {
  if (!traffic.feed) return { kind: "soak", seconds };
  return { kind: "analyse", during: "soak", needs: "no-fail", seconds, longestSeconds: seconds };
}
