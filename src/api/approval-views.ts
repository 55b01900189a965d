/** What the API takes and gives of requests for approval. */
import { z } from "zod";

import { login } from "./people-views.ts";

const digest = z.string().regex(/^[0-9a-f]{64}$/);
const text = z.string().trim().min(1).max(2000);
const comment = z.string().max(2000).optional();

export const approveRequest = z.strictObject({ digest, comment });
export const rejectRequest = z.strictObject({ digest, reason: text });
export const handOverRequest = z.strictObject({ to: login, reason: comment });
export const withdrawRequest = z.strictObject({ reason: text });
export const breakGlassRequest = z.strictObject({ digest, reason: text });
export const reviewRequest = z.strictObject({ note: text });

/** As in `core/risk.ts`; the words are the client's. */
const riskLine = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("commits"), count: z.int(), authors: z.array(z.string()), more: z.boolean() }),
  z.strictObject({ kind: z.literal("files"), count: z.int() }),
  z.strictObject({ kind: z.literal("migrations"), names: z.array(z.string()), contract: z.boolean() }),
  z.strictObject({ kind: z.literal("since-last"), seconds: z.number() }),
  z.strictObject({ kind: z.literal("first-deployment") }),
  z.strictObject({ kind: z.literal("unit-changes"), lines: z.int() }),
  z.strictObject({ kind: z.literal("proven-in"), environment: z.string(), seconds: z.number() }),
  z.strictObject({ kind: z.literal("not-proven") }),
  z.strictObject({ kind: z.literal("authors-unknown"), names: z.array(z.string()) }),
  z.strictObject({ kind: z.literal("downtime") }),
]);

export const approvalView = z.strictObject({
  id: z.string(),
  service: z.string(),
  environment: z.string(),
  deployment: z.string(),
  /** As people say it: d-12. */
  number: z.int(),
  digest,
  revision: z.string().nullable(),
  release: z.int().nullable(),
  requestedBy: z.string(),
  pushedBy: z.string().nullable(),
  writtenBy: z.array(z.string()),
  requestedAt: z.int(),
  deadline: z.int(),
  /** Who has to approve, in words. */
  rule: z.string(),
  /** Whose answer is waited for. */
  asked: z.array(
    z.strictObject({ login: z.string(), at: z.int(), for: z.string().nullable(), because: z.string().nullable() }),
  ),
  approvals: z.array(z.strictObject({ by: z.string(), at: z.int(), comment: z.string().nullable() })),
  /** Why not everybody who is needed could be asked. */
  unfilled: z.string().nullable(),
  ended: z
    .strictObject({ at: z.int(), kind: z.string(), by: z.array(z.string()), reason: z.string().nullable() })
    .nullable(),
  review: z.strictObject({ at: z.int(), by: z.string(), note: z.string() }).nullable(),
  reviewOpen: z.boolean(),
  risk: z.array(riskLine),
  /** The steps of the plan that is decided about, one line each; empty in lists. */
  plan: z.array(z.string()),
  /** Whether the caller is asked, and why the caller's approval would not count. */
  isMine: z.boolean(),
  objection: z.string().nullable(),
});

export const shareView = z.strictObject({
  login: z.string(),
  load: z.int(),
  daysPresent: z.number(),
  perDay: z.number(),
  approved: z.int(),
  rejected: z.int(),
  handedOver: z.int(),
  unanswered: z.int(),
  open: z.int(),
  standingIn: z.int(),
  medianAnswerMilliseconds: z.number().optional(),
  slowestTenthMilliseconds: z.number().optional(),
});

export const reportView = z.strictObject({
  from: z.int(),
  until: z.int(),
  people: z.array(shareView),
  mostByMean: z.number().optional(),
  mostByMeanPerDay: z.number().optional(),
});

export type ApprovalView = z.output<typeof approvalView>;
export type ReportView = z.output<typeof reportView>;
