import { z } from "zod";

import { buildSchema } from "./build.ts";
import { healthSchema } from "./health.ts";
import { hooksSchema } from "./hook.ts";
import { migrationSchema } from "./migration.ts";
import { runtimeSchema } from "./runtime.ts";
import { smokeSchema } from "./smoke.ts";
import { sourceSchema } from "./source.ts";
import { unitSchema } from "./unit.ts";
import { absolutePath, optional, port, runUser, variables } from "./values.ts";

export const directories = z.array(absolutePath).max(32, "must have at most 32 directories");

export const keepReleases = z
  .int()
  .min(2, "must be at least 2, so that there is one to go back to")
  .max(100, "must be at most 100");

/** A unit that exists already; `.service` may be left out. */
const unitName = z
  .string()
  .regex(/^(?!-)[A-Za-z0-9:_.@-]{1,200}$/, "must be the name of a systemd unit such as legacy-orders.service");

/** What a service is, the same wherever it runs. */
export const serviceSchema = z.strictObject({
  source: optional(sourceSchema, "Where its source comes from."),
  runtime: optional(runtimeSchema, "What must be on the hosts, checked with the very program that the unit starts.", {
    examples: [{ java: ">=21" }],
  }),
  build: optional(buildSchema, "How its artifact comes about. Without it the source is deployed as it is."),
  unit: optional(unitSchema, "Its systemd unit, in a typed form."),
  user: optional(runUser, "Short for `unit.user`."),
  port: optional(port, "The port it listens on."),
  health: optional(
    healthSchema,
    "When a release counts as healthy. Default: `tcp` when there is a port, otherwise `active-for: 30s`.",
  ),
  smoke: optional(
    smokeSchema,
    "What is asked of a release on its host, by nobody but Signalbox, before users come to it; of the old release and the new one.",
    { examples: [[{ path: "/orders/1", contains: "id" }]] },
  ),
  migration: optional(migrationSchema, "A change of the data that comes with the release."),
  hooks: optional(hooksSchema, "Commands of yours, at their place in the order."),
  environment: optional(
    variables,
    "Variables of the unit. Secrets are referred to as `${secret:NAME}`, never written here.",
  ),
  directories: optional(directories, "Further directories on the hosts that belong to the run user, e.g. for logs."),
  root: optional(absolutePath, "Its directory on the hosts. Default: `/srv/` and the name of the service."),
  singleton: optional(z.boolean(), "Never two running copies: stopped first, started then, on one host.", {
    default: false,
  }),
  keepReleases: optional(keepReleases, "How many releases stay on each host, the current one included.", {
    default: 5,
  }),
  adopts: optional(
    unitName,
    "A unit that runs the service until now. The first deployment stops it; a rollback starts it again.",
    { examples: ["legacy-orders.service"] },
  ),
});

export type ServiceSettings = z.output<typeof serviceSchema>;
