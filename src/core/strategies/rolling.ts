import { z } from "zod";

import { batches } from "../batch.ts";
import { defineStrategy } from "./strategy.ts";

/** A number of hosts, or a share of them such as `25%`. */
const batchSize = z.union([z.int().positive(), z.templateLiteral([z.int().min(1).max(100), "%"])]);

/** Replaces the old release batch by batch; the first batch is one host. */
export const rolling = defineStrategy({
  kind: "rolling",
  about: "Replaces the old release batch by batch; the first batch is one host.",
  options: z.strictObject({
    batch: batchSize.default(1).describe("How many hosts are replaced at once: a number, or a share such as `25%`."),
    soakSeconds: z.int().nonnegative().default(0).describe("How long each batch is watched before the next one."),
  }),

  plan({ hosts, zoneOf, floor }, { batch, soakSeconds }) {
    const all = batches(hosts, { size: batch, zoneOf, floor });
    return all.flatMap((hosts, index) => [
      { kind: "activate-release" as const, hosts },
      ...(soakSeconds > 0 && index < all.length - 1 ? [{ kind: "soak" as const, seconds: soakSeconds }] : []),
    ]);
  },
});
