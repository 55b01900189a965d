/** Messages about requests for approval. They are neutral as to their reader: an approver, the requester, a channel. */
import type { End } from "../core/approval.ts";
import type { Language } from "../core/language.ts";
import type { Message } from "../core/message.ts";
import type { Words } from "../ports/notifier.ts";
import { aboutFacts, deadlineFact, fact, link, placeWords, short, type Telling } from "./message-parts.ts";
import { listed, riskSentence } from "./risk.ts";
import { catalogue, say } from "./sentences.ts";

type Of<Kind extends Message["kind"]> = Extract<Message, { kind: Kind }>;
type Asked = Of<"approval-asked">;

const asking = catalogue({
  "title-asked": say({ en: (place: string) => `Approval needed: ${place}`, ko: (place) => `승인 요청: ${place}` }),
  "title-reminder": say({
    en: (place: string) => `Still waiting for approval: ${place}`,
    ko: (place) => `승인을 기다리고 있습니다: ${place}`,
  }),
  "title-escalated": say({
    en: (place: string) => `Escalated, nobody has decided yet: ${place}`,
    ko: (place) => `승인이 늦어지고 있습니다: ${place}`,
  }),
  "title-handed-over": say({
    en: (place: string) => `Approval handed over: ${place}`,
    ko: (place) => `승인 요청이 전달되었습니다: ${place}`,
  }),
  "title-moved": say({
    en: (place: string) => `Approval needed for a newer revision: ${place}`,
    ko: (place) => `새 리비전 승인 요청: ${place}`,
  }),
  asked: say({
    en: (by: string, who: string) => `${by} asks to deploy this. The decision is with ${who}.`,
    ko: (by, who) => `${by} 님이 배포를 요청했습니다. 결정해 주실 분: ${who}`,
  }),
  reminder: say({
    en: (_by: string, who: string) => `A decision is still missing. It is with ${who}.`,
    ko: (_by, who) => `아직 결정되지 않았습니다. 결정해 주실 분: ${who}`,
  }),
  escalated: say({
    en: (_by: string, who: string) =>
      `Nobody has decided so far, so others are asked as well. The decision is with ${who}.`,
    ko: (_by, who) => `아직 결정한 분이 없어 다른 분께도 요청드립니다. 결정해 주실 분: ${who}`,
  }),
  "handed-over": say({
    en: (from: string, who: string) => `${from} has handed this over. The decision is with ${who}.`,
    ko: (from, who) => `${from} 님이 승인을 부탁했습니다. 결정해 주실 분: ${who}`,
  }),
  moved: say({
    en: (_by: string, who: string) =>
      `A newer revision was pushed before anybody had approved. It takes the place of the earlier one; the deadline stays. The decision is with ${who}.`,
    ko: (_by, who) =>
      `승인 전에 새 리비전이 푸시되어 이전 요청을 대신합니다. 승인 기한은 그대로입니다. 결정해 주실 분: ${who}`,
  }),
  nobody: { en: "nobody who can be asked now", ko: "지금 요청할 수 있는 분이 없음" },
  whatFollows: {
    en: "Nothing that serves changes before the approval; after it the rollout begins by itself. Without a decision by the deadline the request expires.",
    ko: "승인 전에는 서비스에 아무 변화가 없으며, 승인되면 배포가 자동으로 시작됩니다. 기한까지 결정이 없으면 요청은 만료됩니다.",
  },
  commands: say({
    en: (ref: string) => `signalbox approve ${ref}, or signalbox reject ${ref} --reason "..."`,
    ko: (ref) => `signalbox approve ${ref} 또는 signalbox reject ${ref} --reason "..."`,
  }),
});

export function askedWords(message: Asked, language: Language, telling: Telling): Words {
  const { about, why, asked, from, risk, digest, deadline } = message;
  const spoken = asking(language);
  const who = asked.length === 0 ? spoken.nobody : listed(asked, language);
  const lines = risk.map((line) => `· ${riskSentence(line, language)}`);
  return {
    title: spoken[`title-${why}`](placeWords(about, language)),
    paragraphs: [
      spoken[why](why === "handed-over" ? (from ?? about.requestedBy) : about.requestedBy, who),
      ...(lines.length === 0 ? [] : [lines.join("\n")]),
      spoken.whatFollows,
      ...(telling.server === undefined ? [spoken.commands(`d-${about.number}`)] : []),
    ],
    facts: [
      ...aboutFacts(about, language),
      deadlineFact(deadline, language, telling),
      fact("plan", short(digest), language),
    ],
    ...link("openApproval", `/approvals/${message.approval}`, language, telling),
    tone: "ask",
  };
}

type EndOf<Kind extends End["kind"]> = Extract<End, { kind: Kind }>;

const ending = catalogue({
  "title-approved": say({ en: (place: string) => `Approved: ${place}`, ko: (place) => `승인되었습니다: ${place}` }),
  "title-rejected": say({ en: (place: string) => `Rejected: ${place}`, ko: (place) => `반려되었습니다: ${place}` }),
  "title-expired": say({
    en: (place: string) => `Expired without a decision: ${place}`,
    ko: (place) => `승인 기한이 지났습니다: ${place}`,
  }),
  "title-withdrawn": say({
    en: (place: string) => `Withdrawn: ${place}`,
    ko: (place) => `요청이 철회되었습니다: ${place}`,
  }),
  "title-voided": say({
    en: (place: string) => `Approval void, the plan changed: ${place}`,
    ko: (place) => `배포 계획이 바뀌어 승인이 무효가 되었습니다: ${place}`,
  }),
  "title-broken-glass": say({
    en: (place: string) => `Deployed without approval, the glass was broken: ${place}`,
    ko: (place) => `승인 없이 긴급 배포합니다: ${place}`,
  }),
  approved: say({
    en: ({ by }: EndOf<"approved">) =>
      `Approved by ${listed(by, "en")}. The rollout begins by itself as soon as everything is in place.`,
    ko: ({ by }) => `승인자: ${listed(by, "ko")}. 준비가 끝나는 대로 배포가 자동으로 시작됩니다.`,
  }),
  rejected: say({
    en: ({ by }: EndOf<"rejected">) => `${by} has rejected this. Nothing that serves was changed.`,
    ko: ({ by }) => `${by} 님이 반려했습니다. 서비스에는 아무 변화가 없습니다.`,
  }),
  reason: say({ en: (reason: string) => `Reason: ${reason}`, ko: (reason) => `사유: ${reason}` }),
  expired: {
    en: "The deadline is over, so this is not deployed. Nothing that serves was changed. Whoever still wants it requests it again.",
    ko: "기한이 지나 배포하지 않습니다. 서비스에는 아무 변화가 없습니다. 필요하면 다시 요청해 주세요.",
  },
  withdrawn: say({
    en: ({ by }: EndOf<"withdrawn">) => `${by} has withdrawn the request. There is nothing to decide any more.`,
    ko: ({ by }) => `${by} 님이 요청을 철회했습니다. 더 이상 결정하실 것이 없습니다.`,
  }),
  voided: {
    en: "What would be deployed is not what was approved any more. The new plan is asked about again, unless a newer deployment takes its place.",
    ko: "배포될 내용이 승인된 내용과 달라졌습니다. 더 새로운 배포가 대신하지 않는 한, 새 계획으로 다시 승인을 요청합니다.",
  },
  "broken-glass": say({
    en: ({ by }: Pick<EndOf<"broken-glass">, "by">) =>
      `${by} deploys this without the approval that it needs. An approver who has no part in it has to review that afterwards.`,
    ko: ({ by }) => `${by} 님이 필요한 승인 없이 배포합니다. 이 변경과 관련이 없는 승인자가 사후 검토를 해야 합니다.`,
  }),
});

const toneOfEnd: Readonly<Record<End["kind"], Words["tone"]>> = {
  approved: "good",
  rejected: "bad",
  expired: "bad",
  withdrawn: "plain",
  voided: "plain",
  "broken-glass": "bad",
};

export function endedWords(message: Of<"approval-ended">, language: Language, telling: Telling): Words {
  const { about, end, digest, approval } = message;
  return {
    title: ending(language)[`title-${end.kind}`](placeWords(about, language)),
    paragraphs: endParagraphs(end, language),
    facts: [...aboutFacts(about, language), fact("plan", short(digest), language)],
    ...link("openEnded", `/approvals/${approval}`, language, telling),
    tone: toneOfEnd[end.kind],
  };
}

function endParagraphs(end: End, language: Language): readonly string[] {
  const spoken = ending(language);
  switch (end.kind) {
    case "approved":
      return [spoken.approved(end)];
    case "rejected":
      return [spoken.rejected(end), spoken.reason(end.reason)];
    case "withdrawn":
      return [spoken.withdrawn(end), spoken.reason(end.reason)];
    case "broken-glass":
      return [spoken["broken-glass"](end), spoken.reason(end.reason)];
    case "expired":
    case "voided":
      return [spoken[end.kind]];
  }
}

const reviewing = catalogue({
  title: say({
    en: (place: string) => `Review is due, the glass was broken: ${place}`,
    ko: (place) => `긴급 배포의 사후 검토가 필요합니다: ${place}`,
  }),
  due: say({
    en: (by: string) =>
      `${by} deployed this without the approval that it needed, and nobody has reviewed that yet. The reminder comes again until it is done.`,
    ko: (by) => `${by} 님이 승인 없이 배포했으나 아직 사후 검토가 없습니다. 검토가 끝날 때까지 다시 알려 드립니다.`,
  }),
  command: say({
    en: (ref: string) => `signalbox review ${ref} --note "..."`,
    ko: (ref) => `signalbox review ${ref} --note "..."`,
  }),
});

/** To all approvers at once, and later to those who have to review it. */
export function glassWords(
  message: Of<"glass-broken"> | Of<"review-due">,
  language: Language,
  telling: Telling,
): Words {
  const { kind, about, by, reason, digest, approval } = message;
  const place = placeWords(about, language);
  const isDue = kind === "review-due";
  return {
    title: isDue ? reviewing(language).title(place) : ending(language)["title-broken-glass"](place),
    paragraphs: [
      isDue ? reviewing(language).due(by) : ending(language)["broken-glass"]({ by }),
      ending(language).reason(reason),
      ...(isDue && telling.server === undefined ? [reviewing(language).command(`d-${about.number}`)] : []),
    ],
    facts: [...aboutFacts(about, language), fact("plan", short(digest), language)],
    ...link("openReview", `/approvals/${approval}`, language, telling),
    tone: isDue ? "ask" : "bad",
  };
}
