import { z } from "zod";

import { argumentList, optional, textUpTo } from "./values.ts";

const range = textUpTo(100).regex(
  /^(?:>=|<=|>|<|=|\^|~)?[0-9]{1,6}(?:\.[0-9]{1,6}){0,3}(?: +(?:>=|<=|>|<|=|\^|~)?[0-9]{1,6}(?:\.[0-9]{1,6}){0,3})*$/,
  'must be a range of versions such as ">=21" or ">=21 <22"',
);

export const runtimeSchema = z
  .strictObject({
    java: optional(range, "The version of Java that the unit starts.", { examples: [">=21 <22"] }),
    node: optional(range, "The version of Node.js.", { examples: [">=24"] }),
    python: optional(range, "The version of Python.", { examples: [">=3.11"] }),
    go: optional(range, "The version of Go, where it is needed on the host.", { examples: [">=1.24"] }),
    command: optional(argumentList, "For anything else: what prints the version.", {
      examples: [["ruby", "--version"]],
    }),
    version: optional(range, "The range for `command`.", { examples: [">=3.3"] }),
  })
  .refine((runtime) => "command" in runtime === "version" in runtime, "needs command and version together")
  .refine((runtime) => Object.keys(runtime).length > 0, "must name a runtime");

export type RuntimeSettings = z.output<typeof runtimeSchema>;
