import { z } from "zod";

import { about, argumentList, duration, exactlyOne, optional, urlPath } from "./values.ts";

const kinds = ["http", "tcp", "command", "active-for"];

const detailed = z
  .strictObject({
    http: optional(urlPath, "Healthy when this path answers 2xx on the service's port.", { examples: ["/healthz"] }),
    tcp: optional(z.literal(true, "must be true"), "Healthy when the service's port takes connections."),
    command: optional(argumentList, "Healthy when this exits with 0; it runs on the host as the run user."),
    "active-for": optional(duration({ min: "1s", max: "1h" }), "Healthy when it has run this long without a restart."),
    within: optional(duration({ min: "1s", max: "1h" }), "How long a release may take to become healthy.", {
      default: "60s",
    }),
    successes: optional(
      z.int().min(1, "must be at least 1").max(100, "must be at most 100"),
      "How many answers in a row it takes.",
      { default: 3 },
    ),
    stable: optional(
      duration({ max: "1h" }),
      "How long it must have been healthy without a restart before it counts as healthy.",
      { default: "10s" },
    ),
    version: optional(urlPath, "A path whose answer begins with the release; compared with the one expected.", {
      examples: ["/version"],
    }),
  })
  .refine(exactlyOne(kinds), "must have exactly one of http, tcp, command and active-for");

export type HealthSettings = z.output<typeof detailed>;

export const healthSchema = z.union([
  about(z.literal("tcp"), "Short for `tcp: true`.").transform((): HealthSettings => ({ tcp: true })),
  detailed,
]);
