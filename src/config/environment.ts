import { z } from "zod";

import { analysisSchema } from "./analysis.ts";
import { approvalSchema } from "./approval.ts";
import { deploysSchema } from "./deploys.ts";
import { healthSchema } from "./health.ts";
import { hooksSchema } from "./hook.ts";
import { environmentChannelSchema } from "./messages.ts";
import { directories, keepReleases } from "./service.ts";
import { slotsSchema } from "./slots.ts";
import { strategySchema } from "./strategy.ts";
import { trafficSchema } from "./traffic.ts";
import { unitSchema } from "./unit.ts";
import {
  absolutePath,
  duration,
  hostName,
  optional,
  percentage,
  port,
  runUser,
  serviceName,
  variables,
} from "./values.ts";

const limitsSchema = z.strictObject({
  floor: optional(
    z.int().min(0, "must be at least 0"),
    "Healthy hosts in rotation never fall below this number. Default for `rolling`: all hosts but the largest batch, at least 1; for `recreate`: 0; for `blue-green` with `green`: the hosts of the smaller side; otherwise all hosts but one.",
  ),
  tolerate: optional(z.int().min(0, "must be at least 0"), "Unreachable hosts that may be left behind.", {
    default: 0,
  }),
  progress: optional(
    duration({ min: "10s", max: "1d" }),
    "Without progress for this long the rollout gives up and rolls back.",
    { default: "10m" },
  ),
  load: optional(
    percentage({ min: 1 }),
    "The most of its processors that a host may be busy with while others are out of rotation.",
    { default: "75%" },
  ),
});

const hostList = z.array(hostName).min(1, "must name a host").max(1000, "must have at most 1000 hosts");

/** Keys that an environment may give for all its services, and each of them for itself. */
const shared = {
  hosts: optional(hostList, "Where it runs, in the order in which it is deployed.", { examples: [["web-1", "web-2"]] }),
  traffic: optional(trafficSchema, "What brings requests to the hosts, and how hosts are taken out of it.", {
    default: "none",
    examples: [{ haproxy: { hosts: ["lb-1", "lb-2"], bind: 8080 }, warmUp: { path: "/" } }],
  }),
  strategy: optional(
    strategySchema,
    "How the old release is replaced. Default: `rolling` on two hosts and more and with `slots`, otherwise `recreate`.",
    { examples: ["recreate", { rolling: { batch: 2, soak: "30s" } }, { canary: { weights: [5, 25, 50] } }] },
  ),
  limits: optional(limitsSchema, "What a rollout may never do."),
  analysis: optional(analysisSchema, "When a new release counts as worse than the old one."),
  environment: optional(variables, "Variables of the unit, added to those of the service."),
  user: optional(runUser, "The user that the service runs as here."),
  keepReleases: optional(keepReleases, "How many releases stay on each host, the current one included.", {
    default: 5,
  }),
  hooks: optional(hooksSchema, "Commands of yours, in place of those of the service."),
};

/** A service in an environment. */
export const placementSchema = z.strictObject({
  ...shared,
  port: optional(port, "The port it listens on here."),
  slots: optional(
    slotsSchema,
    "Two copies side by side on each of its hosts, in the slots `blue` and `green`; in place of `port`. Needs traffic that can switch between them.",
    { examples: [{ blue: 8081, green: 8082 }] },
  ),
  health: optional(healthSchema, "When a release counts as healthy here."),
  unit: optional(unitSchema, "Keys of the unit that are different here."),
  directories: optional(directories, "Further directories here, in place of those of the service."),
  root: optional(absolutePath, "Its directory on the hosts of this environment."),
});

export type PlacementSettings = z.output<typeof placementSchema>;

const watchSchema = z.strictObject({
  for: optional(
    duration({ max: "7d" }),
    "How long a release is watched after its rollout; `0s` is not at all. Default: `15m` where the environment has an `approval` or is called `production` or `prod`, otherwise `0s`.",
    { examples: ["15m"] },
  ),
  onFailure: optional(
    z.enum(["roll-back", "report"]),
    "What happens when it fails meanwhile: `roll-back` goes back at once and needs no approval.",
    {
      default: "roll-back",
    },
  ),
});

export const environmentSchema = z.strictObject({
  deploys: optional(deploysSchema, "What is deployed here, and when."),
  approval: optional(
    approvalSchema,
    "Who has to approve. With it, `--local` is refused unless somebody breaks the glass.",
  ),
  channel: optional(environmentChannelSchema, "Where what happens here is told, beside the people whom it concerns.", {
    examples: [{ via: "slack", to: "#deploys", second: { via: "mail", to: "ops@example.com" } }],
  }),
  watch: optional(watchSchema, "How long a release is watched after its rollout."),
  services: optional(
    z.record(
      serviceName,
      placementSchema.nullable().transform((placement) => placement ?? {}),
    ),
    "The services of this environment by name. What a service leaves out is taken from the environment.",
  ),
  ...shared,
});

export type EnvironmentSettings = z.output<typeof environmentSchema>;
