/** What the API takes and gives of freezes. */
import { z } from "zod";

import { weekdays } from "../core/freeze-week.ts";
import { environmentName, serviceName } from "./views.ts";

export const freezeName = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/);
export const exceptionId = z.string().regex(/^x-[0-9a-f]{8}$/);
const reason = z.string().trim().min(1).max(500);
const time = z.int().min(0).max(8.64e15);

const scope = {
  services: z.array(serviceName).min(1).max(500).optional(),
  environments: z.array(environmentName).min(1).max(100).optional(),
};
const weekTime = z.strictObject({ day: z.enum(weekdays), minute: z.int().min(0).max(1439) });
const zone = z.string().min(1).max(64);

export const freezeRequest = z.strictObject({
  name: freezeName,
  reason,
  ...scope,
  when: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("weekly"), zone, from: weekTime, until: weekTime }),
    z.strictObject({ kind: z.literal("once"), zone, from: time, until: time }),
  ]),
});
export const exceptionRequest = z.strictObject({ ...scope, from: time.optional(), until: time, reason });

export const freezesView = z.strictObject({
  windows: z.array(
    z.strictObject({
      window: freezeRequest,
      madeAt: z.int(),
      madeBy: z.string(),
      /** Whether it holds now, somewhere. */
      holds: z.boolean(),
    }),
  ),
  exceptions: z.array(
    z.strictObject({
      id: z.string(),
      window: z.string(),
      ...scope,
      from: z.int(),
      until: z.int(),
      reason: z.string(),
      askedBy: z.string(),
      askedAt: z.int(),
      confirmedBy: z.string().nullable(),
    }),
  ),
});

export type FreezeRequest = z.input<typeof freezeRequest>;
export type ExceptionRequest = z.input<typeof exceptionRequest>;
export type FreezesView = z.output<typeof freezesView>;
