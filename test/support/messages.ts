/** One message of each kind, for tests of words, channels and the outbox. */
import type { End } from "../../src/core/approval.ts";
import type { MessageSettings } from "../../src/core/channel.ts";
import type { FinalState } from "../../src/core/deployment.ts";
import type { About, Message } from "../../src/core/message.ts";
import type { RiskLine } from "../../src/core/risk.ts";

/** A configuration without any way to reach people. */
export const noMessages: MessageSettings = {
  channels: new Map(),
  order: [],
  language: "en",
  channelOf: () => undefined,
};

export type MessageOf<Kind extends Message["kind"]> = Extract<Message, { kind: Kind }>;

/** Noon in Seoul on a Monday. */
export const noon = Date.UTC(2026, 10, 23, 3, 0);

export function anAbout(differences: Partial<About> = {}): About {
  return {
    deployment: "01J00000000000000000000012",
    number: 12,
    service: "orders",
    environment: "production",
    revision: "c0ffee".repeat(7).slice(0, 40),
    release: 42,
    requestedBy: "kim",
    ...differences,
  };
}

const approval = {
  approval: "01J00000000000000000000099",
  digest: "d1ce".repeat(16),
  deadline: noon + 12_000_000,
} as const;

export const everyRisk: readonly RiskLine[] = [
  { kind: "commits", count: 12, authors: ["kim", "lee"], more: false },
  { kind: "files", count: 1 },
  { kind: "migrations", names: ["V7__drop.sql"], contract: true },
  { kind: "since-last", seconds: 777_600 },
  { kind: "first-deployment" },
  { kind: "unit-changes", lines: 3 },
  { kind: "proven-in", environment: "stage", seconds: 93_600 },
  { kind: "not-proven" },
  { kind: "downtime" },
];

export function anAsk(differences: Partial<MessageOf<"approval-asked">> = {}): MessageOf<"approval-asked"> {
  const asked = { why: "asked", asked: ["lee", "park"], risk: everyRisk } as const;
  return { kind: "approval-asked", about: anAbout(), ...approval, ...asked, ...differences };
}

export function anEndOfApproval(end: End): MessageOf<"approval-ended"> {
  return { kind: "approval-ended", about: anAbout(), ...approval, end };
}

export function anEnd(
  state: FinalState,
  differences: Partial<MessageOf<"deployment-ended">> = {},
): MessageOf<"deployment-ended"> {
  const message = "3 hosts serve release 42";
  return { kind: "deployment-ended", about: anAbout(), state, message, behind: [], ...differences };
}

export function brokenGlass(kind: "glass-broken" | "review-due"): MessageOf<typeof kind> {
  return { kind, about: anAbout(), ...approval, by: "root", reason: "the shop is down" };
}

const ends: readonly End[] = [
  { kind: "approved", by: ["lee", "park"] },
  { kind: "rejected", by: "lee", reason: "tests are red" },
  { kind: "expired" },
  { kind: "withdrawn", by: "kim", reason: "later" },
  { kind: "voided", digest: "e".repeat(64) },
  { kind: "broken-glass", by: "root", reason: "the shop is down" },
];

const states: readonly FinalState[] = [
  "succeeded",
  "failed",
  "rolled-back",
  "rollback-failed",
  "rejected",
  "expired",
  "withdrawn",
  "superseded",
];

/** Each kind in each of its variants. */
export const everyMessage: readonly Message[] = [
  ...(["asked", "reminder", "escalated", "handed-over", "moved"] as const).map((why) => anAsk({ why, from: "choi" })),
  ...ends.map(anEndOfApproval),
  ...states.map((state) => anEnd(state, { behind: ["web-7"] })),
  anEnd("succeeded", { about: anAbout({ kind: "restart" }) }),
  anEnd("succeeded", { about: anAbout({ kind: "roll-back" }) }),
  brokenGlass("glass-broken"),
  brokenGlass("review-due"),
  { kind: "test", id: "t-1", by: "kim" },
];
