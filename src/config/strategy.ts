/** The YAML form of the strategies, made from the options that the strategies themselves declare. */
import { z } from "zod";

import type { StrategyChoice, StrategyKind } from "../core/strategies/index.ts";
import { strategies } from "../core/strategies/index.ts";
import { durationText } from "./duration.ts";
import { about, duration, optional } from "./values.ts";

export const strategyKinds = Object.keys(strategies) as StrategyKind[];

const secondsSuffix = "Seconds";

/** `soakSeconds: number` of a strategy is `soak: 30s` in the file; every other option is as the strategy has it. */
function yamlForm(kind: StrategyKind): z.ZodType<Record<string, unknown>> {
  const shape: Record<string, z.ZodType> = {};
  for (const [name, option] of Object.entries<z.ZodType>(strategies[kind].options.shape)) {
    const { description = "", defaultValue } = described(option);
    if (!name.endsWith(secondsSuffix)) {
      shape[name] = optional(withoutDefault(option), description, { default: defaultValue });
      continue;
    }
    const checked = duration({ max: "1d" }).superRefine((seconds, context) => {
      for (const issue of option.safeParse(seconds).error?.issues ?? []) {
        context.addIssue({ code: "custom", message: durationMistake(issue) });
      }
    });
    shape[name.slice(0, -secondsSuffix.length)] = optional(checked, description, {
      default: typeof defaultValue === "number" ? durationText(defaultValue) : defaultValue,
    });
  }
  return z.strictObject(shape) as z.ZodType<Record<string, unknown>>;
}

/** A strategy speaks of seconds; the file has durations. */
function durationMistake(issue: z.core.$ZodIssue): string {
  if (issue.code !== "too_small" || typeof issue.minimum !== "number") return issue.message;
  return `must be at least ${durationText(issue.inclusive === true ? issue.minimum : issue.minimum + 1)}`;
}

function described(option: z.ZodType): { readonly description?: string | undefined; readonly defaultValue?: unknown } {
  const defaultValue = option instanceof z.ZodDefault ? option.def.defaultValue : undefined;
  return { description: option.description ?? withoutDefault(option).description, defaultValue };
}

function withoutDefault(option: z.ZodType): z.ZodType {
  return option instanceof z.ZodDefault ? (option.unwrap() as z.ZodType) : option;
}

/** Back from the file's names to the strategy's, with its defaults filled in. */
function choice(kind: StrategyKind, options: Readonly<Record<string, unknown>>): StrategyChoice {
  const { shape } = strategies[kind].options;
  const named = Object.entries(options).map(([name, value]) => {
    return [`${name}${secondsSuffix}` in shape ? `${name}${secondsSuffix}` : name, value];
  });
  return { kind, options: strategies[kind].options.parse(Object.fromEntries(named)) } as StrategyChoice;
}

const detailed = z
  .strictObject(
    Object.fromEntries(strategyKinds.map((kind) => [kind, optional(yamlForm(kind), strategies[kind].about)])),
  )
  .refine(
    (value) => Object.keys(value).length === 1,
    `must have exactly one of ${strategyKinds.slice(0, -1).join(", ")} and ${strategyKinds.at(-1)}`,
  )
  .transform((value) => {
    const [[kind, options] = ["recreate", {}]] = Object.entries(value);
    return choice(kind as StrategyKind, options as Readonly<Record<string, unknown>>);
  });

export const strategySchema: z.ZodType<StrategyChoice> = z.union([
  about(z.enum(strategyKinds), "The strategy with its defaults.").transform((kind) => choice(kind, {})),
  detailed,
]);
