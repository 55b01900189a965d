import { z } from "zod";

import { argumentList, duration, hostName, optional, relativePath, variables } from "./values.ts";

const runs = z.union([
  argumentList.transform((list) => [list]),
  z.array(argumentList).min(1, "must have an argument list").max(32, "must have at most 32 argument lists"),
]);

export const buildSchema = z.strictObject({
  on: optional(hostName, "Where it is built: `server`, `host` (on each host), or the name of a host.", {
    default: "server",
  }),
  run: optional(
    runs,
    "What builds it: one argument list, or a list of argument lists that run one after the other. Left out when the source is deployed as it is.",
    { examples: [["./gradlew", "clean", "build"]] },
  ),
  artifact: optional(
    relativePath,
    "What is deployed: a file, or a directory whose content is deployed; relative to `directory`.",
    { examples: ["build/libs/orders.jar"] },
  ),
  directory: optional(relativePath, "The directory of the source in which it is built.", { default: "." }),
  environment: optional(variables, "Variables of the build."),
  within: optional(duration({ min: "1s", max: "1d" }), "How long it may take.", { default: "30m" }),
});

export type BuildSettings = z.output<typeof buildSchema>;
