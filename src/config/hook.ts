import { z } from "zod";

import { about, argumentList, duration, hostName, optional, variables } from "./values.ts";

export const hookPlaces = [
  "before-build",
  "after-build",
  "before-rollout",
  "after-rollout",
  "before-activate",
  "after-activate",
] as const;

export const hookSchema = z.strictObject({
  at: about(z.enum(hookPlaces), "When it runs."),
  on: optional(
    hostName,
    "Where it runs: `server`, `first-host`, `every-host`, or the name of a host. Default: `server` around the build, `first-host` around the rollout, `every-host` around an activation.",
  ),
  run: about(
    argumentList,
    "Its argument list. On a host that has the release it runs in the release's directory. Its environment has `SIGNALBOX_` and HOOK, SERVICE, ENVIRONMENT, RELEASE, REVISION, HOST and DEPLOYMENT.",
    { examples: [["./bin/warm-up"]] },
  ),
  environment: optional(
    variables,
    "Further variables of it. Secrets are referred to as `${secret:NAME}`, never written here. A service file can refer only to what the server file gives the service.",
  ),
  within: optional(duration({ min: "1s", max: "1d" }), "How long it may take.", { default: "5m" }),
});

export const hooksSchema = z.array(hookSchema).max(64, "must have at most 64 hooks");

export type HookSettings = z.output<typeof hookSchema>;
