import { z } from "zod";

import { defineStrategy } from "./strategy.ts";

/** Replaces the old release on all hosts at once. The service is down meanwhile; for dev, and for singletons. */
export const recreate = defineStrategy({
  kind: "recreate",
  about: "Replaces the old release on all hosts at once; the service is down meanwhile.",
  options: z.strictObject({}),

  plan({ hosts, slots, active }) {
    return [{ kind: "activate-release", hosts, ...(slots ? { slot: active } : {}) }];
  },
});
