import { z } from "zod";

import { batches } from "../batch.ts";
import type { RolloutStep } from "../step.ts";
import { otherSide } from "../traffic.ts";
import { exchange, setShare, setUpBeside, switchTo } from "./moves.ts";
import type { RolloutInput } from "./strategy.ts";
import { defineStrategy } from "./strategy.ts";

const options = z.strictObject({
  weights: z
    .array(z.number().min(0.1).max(99))
    .min(1)
    .default([5, 25, 50])
    .describe("The shares of the traffic in percent, in rising order."),
  soakSeconds: z.int().positive().default(300).describe("How long each share is compared with the old release."),
  longestSoakSeconds: z
    .int()
    .positive()
    .default(1_800)
    .describe("How long a comparison that is not clear goes on before a person is asked."),
  keepWarmSeconds: z
    .int()
    .nonnegative()
    .default(1_800)
    .describe("With two slots: how long the old release stays up after all traffic left it."),
});
type Options = z.output<typeof options>;

/** Gives the new release a growing share of the traffic, as long as it is not worse than the old one. */
export const canary = defineStrategy({
  kind: "canary",
  about: "Gives the new release a growing share of the traffic, as long as it is not worse than the old one.",
  options,

  plan(input, options) {
    if (input.slots) return inSlots(input, options);
    return input.traffic.shares ? overHosts(input, options) : byHostCount(input, options);
  },
});

/** Every host has the candidate beside the old release: whatever the share, there is room for it. */
function inSlots({ hosts, active }: RolloutInput, options: Options): readonly RolloutStep[] {
  const candidate = otherSide(active);
  return [
    ...setUpBeside(hosts, candidate, candidate, { host: hosts[0]!, slot: active }),
    ...options.weights.flatMap((weight) => [setShare(candidate, weight / 100), compare(options)]),
    switchTo(candidate),
  ];
}

/** Hosts change sides: so many have the candidate as its share needs, and the others carry the rest. */
function overHosts(input: RolloutInput, options: Options): readonly RolloutStep[] {
  const { hosts, active } = input;
  const candidate = otherSide(active);
  // A host that is left alone has nobody to share with.
  if (hosts.length === 1) return [...exchange(hosts, input, candidate), switchTo(candidate)];
  const steps: RolloutStep[] = [];
  let moved = 0;
  for (const weight of options.weights) {
    const needed = hostsFor(weight, hosts.length);
    const more = hosts.slice(moved, Math.max(moved, needed));
    for (const batch of cut(more, moved === 0, input)) {
      steps.push(...exchange(batch, input, candidate));
      moved += batch.length;
    }
    steps.push(setShare(candidate, weight / 100), compare(options));
  }
  for (const batch of cut(hosts.slice(moved), false, input)) {
    // The batch is about to leave: those that stay are all equally busy with this share.
    const staying = hosts.length - batch.length;
    steps.push(moved === staying ? switchTo(candidate) : setShare(candidate, moved / staying));
    steps.push(...exchange(batch, input, candidate));
    moved += batch.length;
  }
  return steps;
}

/** Nobody can say where a request goes, so the share is the number of hosts. */
function byHostCount(input: RolloutInput, options: Options): readonly RolloutStep[] {
  const { hosts } = input;
  const steps: RolloutStep[] = [];
  let moved = 0;
  for (const weight of options.weights) {
    const more = hosts.slice(moved, hostsFor(weight, hosts.length));
    if (more.length === 0) continue;
    steps.push(...cut(more, moved === 0, input).flatMap((batch) => exchange(batch, input)));
    steps.push({ ...compare(options), needs: "no-fail" } as RolloutStep);
    moved += more.length;
  }
  return [...steps, ...cut(hosts.slice(moved), false, input).flatMap((batch) => exchange(batch, input))];
}

/** At least one host has the candidate, and at least one does not. */
function hostsFor(weight: number, hosts: number): number {
  return Math.max(1, Math.min(Math.ceil((weight / 100) * hosts), hosts - 1));
}

/** Only the very first host of a rollout goes alone. */
function cut(
  hosts: readonly string[],
  firstAlone: boolean,
  { hosts: all, zoneOf, floor }: RolloutInput,
): readonly (readonly string[])[] {
  return batches(hosts, { size: Math.max(1, all.length - floor), zoneOf, floor: 0, firstAlone });
}

function compare({ soakSeconds, longestSoakSeconds }: Options): RolloutStep {
  const longestSeconds = Math.max(soakSeconds, longestSoakSeconds);
  return { kind: "analyse", during: "soak", needs: "pass", seconds: soakSeconds, longestSeconds };
}
