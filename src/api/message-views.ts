/** Messages, as clients see them. */
import { z } from "zod";

export const messageStates = ["waiting", "sent", "given-up", "replaced", "dropped"] as const;

/** What became of a message. Its words are not here: they are made for each reader when it is sent. */
export const messageView = z.strictObject({
  key: z.string(),
  kind: z.string(),
  /** Such as `d-12`; nothing for a test. */
  deployment: z.string().nullable(),
  /** Such as `person:kim`, `channel:production`. */
  to: z.string(),
  state: z.enum(messageStates),
  at: z.number(),
  tries: z.number(),
  lastError: z.string().nullable(),
  /** Who took it. */
  via: z.string().nullable(),
  address: z.string().nullable(),
  /** When it was settled; while it waits, when it is tried again. */
  next: z.number(),
});

export const messageQuery = z.strictObject({
  state: z.enum(messageStates).optional(),
  limit: z.coerce.number().int().min(1).max(1000).optional(),
});

export const testRequest = z.union([
  z.strictObject({ person: z.string().min(1).max(127) }),
  z.strictObject({ environment: z.string().min(1).max(63) }),
]);

export const testAnswer = z.strictObject({ key: z.string() });

export type MessageView = z.output<typeof messageView>;
export type MessageQuery = z.output<typeof messageQuery>;
export type TestRequest = z.output<typeof testRequest>;
