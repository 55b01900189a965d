import { z } from "zod";

import { about, optional, textUpTo, urlPath } from "./values.ts";

const smokeRequestSchema = z.strictObject({
  path: about(urlPath, "What is asked with GET on the host itself; without effect.", { examples: ["/orders/1"] }),
  status: optional(
    z.int().min(100, "must be at least 100").max(599, "must be at most 599"),
    "The status of the answer.",
    { default: 200 },
  ),
  contains: optional(
    textUpTo(1_000).regex(/^[^\0-\x1F\x7F]+$/, "must be one line"),
    "A text that the answer has in it.",
  ),
});

export const smokeSchema = z.array(smokeRequestSchema).max(32, "must have at most 32 requests");

export type SmokeSettings = z.output<typeof smokeSchema>;
