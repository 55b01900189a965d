import { z } from "zod";

import { about, argumentList, duration, milliseconds, optional, percentage, urlPath } from "./values.ts";

const commandSchema = z.strictObject({
  run: about(argumentList, "Its argument list; it runs on the server, and its exit status 0 is good.", {
    examples: [["/etc/signalbox/bin/orders-are-coming-in"]],
  }),
  every: optional(duration({ min: "5s", max: "1h" }), "How often it is asked.", { default: "30s" }),
});

const syntheticSchema = z.strictObject({
  paths: about(
    z.array(urlPath).min(1, "must name a path").max(32, "must have at most 32 paths"),
    "What is asked: safe to be asked often, and without effect.",
    { examples: [["/healthz"]] },
  ),
  perSecond: optional(z.int().min(1, "must be at least 1").max(100, "must be at most 100"), "How often.", {
    default: 5,
  }),
});

export const analysisSchema = z.strictObject({
  falseAlarm: optional(
    percentage({ min: 0.01, max: 20 }),
    "How often a release that is as good as the old one is called bad, at most.",
    { default: "1%" },
  ),
  minimumRequests: optional(
    z.int().min(1, "must be at least 1").max(1_000_000, "must be at most 1000000"),
    "How many requests the new release must have answered before it can pass.",
    { default: 300 },
  ),
  acceptedErrors: optional(
    percentage({ max: 50 }),
    "A share of errors up to this is not held against a release that has nothing to be compared with.",
    { default: "1%" },
  ),
  quick: optional(
    milliseconds({ max: "60s" }),
    "Answers quicker than this are quick enough, whatever the old release does.",
    { default: "20ms" },
  ),
  command: optional(commandSchema, "A command of yours that is asked, too."),
  synthetic: optional(
    syntheticSchema,
    "Safe requests that Signalbox makes itself, where users make too few: to both releases while they share the traffic, and to the new one while it is watched. With `testers` of the proxy.",
  ),
});

export type AnalysisSettings = z.output<typeof analysisSchema>;
