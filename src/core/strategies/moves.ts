/** Moves that several strategies make. */
import type { RolloutStep } from "../step.ts";
import { PROXIES } from "../step.ts";
import type { Side } from "../traffic.ts";
import { WHOLE } from "../traffic.ts";
import type { RolloutInput } from "./strategy.ts";

/**
 * The one copy of each host is replaced by the candidate: out of rotation, exchanged, checked, and back in.
 *
 * @param to the side on which it comes back
 */
export function exchange(
  hosts: readonly string[],
  { hosts: all, traffic, slots, active, inPlace }: RolloutInput,
  to: Side = active,
): readonly RolloutStep[] {
  const activation: RolloutStep = { kind: "activate-release", hosts, ...(slots ? { slot: to } : {}) };
  if (!traffic.drains) return [activation];
  const slot = slots ? to : "main";
  // The last host of all has the old release the longest. When it is its turn, both have been asked before.
  const other = all.at(-1)!;
  const baseline = inPlace || hosts.includes(other) ? {} : { baseline: { host: other, slot } };
  return [
    { kind: "drain", hosts, side: active },
    activation,
    { kind: "smoke-test", hosts, slot, ...baseline },
    { kind: "readmit", hosts, side: to },
  ];
}

/** A second copy beside the first, checked by requests of our own, and known to every proxy. No user reaches it yet. */
export function setUpBeside(
  hosts: readonly string[],
  candidate: Side,
  slot: string | undefined,
  baseline: { readonly host: string; readonly slot: string } | undefined,
): readonly RolloutStep[] {
  return [
    { kind: "activate-release", hosts, ...(slot === undefined ? {} : { slot }), beside: true },
    { kind: "smoke-test", hosts, slot: slot ?? "main", ...(baseline === undefined ? {} : { baseline }) },
    { kind: "readmit", hosts, side: candidate },
  ];
}

export function setShare(side: Side, share: number): RolloutStep {
  return { kind: "set-share", hosts: [PROXIES], side, share: Math.round(share * WHOLE) };
}

export function switchTo(to: Side): RolloutStep {
  return { kind: "switch-side", hosts: [PROXIES], to };
}
