/** What a strategy is: options with a schema, and a pure function from a target to the steps of its rollout. */
import type { z } from "zod";

import type { RolloutStep } from "../step.ts";

/** What a strategy plans for. */
export interface RolloutInput {
  /** In the order of the rollout. */
  readonly hosts: readonly string[];
  readonly zoneOf: (host: string) => string | undefined;
  /** Hosts that must stay in rotation at any time. */
  readonly floor: number;
}

export interface Strategy<Kind extends string, Options extends z.ZodType> {
  readonly kind: Kind;
  /** One sentence for the reference. */
  readonly about: string;
  readonly options: Options;
  /** The rollout in order. Hooks are put around it by the plan, not by the strategy. */
  plan(input: RolloutInput, options: z.output<Options>): readonly RolloutStep[];
}

export function defineStrategy<Kind extends string, Options extends z.ZodType>(
  strategy: Strategy<Kind, Options>,
): Strategy<Kind, Options> {
  return strategy;
}
