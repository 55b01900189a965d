/** Hosts get another release, or the same one anew, where they are: no side changes. */
import { batches } from "../batch.ts";
import type { RolloutStep } from "../step.ts";
import { exchange } from "./moves.ts";
import type { RolloutInput } from "./strategy.ts";

/** One by one. A host of the idle side serves nobody, so it need not leave the rotation. */
export function inPlace(input: RolloutInput): readonly RolloutStep[] {
  const { hosts, zoneOf, floor, sideOf, active } = input;
  const idle = hosts.filter((host) => (sideOf(host) ?? active) !== active);
  const serving = hosts.filter((host) => !idle.includes(host));
  return [
    ...(idle.length > 0 ? [{ kind: "activate-release" as const, hosts: idle, beside: true as const }] : []),
    ...batches(serving, { size: 1, zoneOf, floor: Math.min(floor, Math.max(0, serving.length - 1)) }).flatMap((batch) =>
      exchange(batch, input),
    ),
  ];
}
