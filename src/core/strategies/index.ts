/** The strategies that exist. A new one is a file and a line here. */
import { blueGreen } from "./blue-green.ts";
import { canary } from "./canary.ts";
import { recreate } from "./recreate.ts";
import { rolling } from "./rolling.ts";

export const strategies = { recreate, rolling, "blue-green": blueGreen, canary } as const;

export type StrategyKind = keyof typeof strategies;

/** What the configuration says about a target's strategy: its kind and its options with all defaults filled in. */
export type StrategyChoice = {
  readonly [K in StrategyKind]: {
    readonly kind: K;
    readonly options: (typeof strategies)[K]["options"]["_zod"]["output"];
  };
}[StrategyKind];
