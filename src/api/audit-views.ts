/** What the API says of the audit log. */
import { z } from "zod";

const text = z.string().max(500);
const time = z.coerce.number().int().nonnegative();
const hash = z.string().regex(/^[0-9a-f]{64}$/);

export const auditQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1000).default(50),
  object: text.optional(),
  actor: text.optional(),
  action: text.optional(),
  since: time.optional(),
  until: time.optional(),
  before: z.coerce.number().int().positive().optional(),
});

export const auditView = z.strictObject({
  sequence: z.int(),
  at: z.int(),
  actor: z.string(),
  action: z.string(),
  object: z.string(),
  detail: z.record(z.string(), z.unknown()),
  /** From where; missing where the server acted by itself, and in old rows. */
  from: z
    .strictObject({
      via: z.enum(["socket", "token", "session", "hook", "open"]),
      address: z.string().optional(),
      name: z.string().optional(),
    })
    .optional(),
});

export const headView = z.strictObject({ sequence: z.int(), hash });
export const headQuery = z.strictObject({
  sequence: z.coerce.number().int().positive().optional(),
  hash: hash.optional(),
});
export const checkView = z.strictObject({
  head: headView.nullable(),
  broken: z.strictObject({ sequence: z.int(), problem: z.string() }).nullable(),
});

export type AuditView = z.output<typeof auditView>;
