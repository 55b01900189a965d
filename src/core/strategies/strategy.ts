/** What a strategy is: options with a schema, and a pure function from a target to the steps of its rollout. */
import type { z } from "zod";

import type { RolloutStep } from "../step.ts";
import type { Side, TrafficCapabilities } from "../traffic.ts";

/** What a strategy plans for. */
export interface RolloutInput {
  /** In the order of the rollout. */
  readonly hosts: readonly string[];
  readonly zoneOf: (host: string) => string | undefined;
  /** Hosts that must stay in rotation at any time. */
  readonly floor: number;
  readonly traffic: TrafficCapabilities;
  /** Each host has room for two copies, one on each side. */
  readonly slots: boolean;
  /** Hosts are exchanged where they are, and no side changes. */
  readonly inPlace: boolean;
  /** The one side that a host belongs to; missing where hosts are on both. */
  readonly sideOf: (host: string) => Side | undefined;
  /** The side that serves before the rollout. */
  readonly active: Side;
}

export interface Strategy<Kind extends string, Options extends z.ZodType> {
  readonly kind: Kind;
  /** One sentence for the reference. */
  readonly about: string;
  readonly options: Options;
  /**
   * The rollout in order, until the candidate has all traffic. Hooks, the watch and what becomes of the old release
   * are put around it by the plan, not by the strategy.
   *
   * @throws {RangeError} when the floor leaves no host free to be taken out
   */
  plan(input: RolloutInput, options: z.output<Options>): readonly RolloutStep[];
}

export function defineStrategy<Kind extends string, Options extends z.ZodType>(
  strategy: Strategy<Kind, Options>,
): Strategy<Kind, Options> {
  return strategy;
}
