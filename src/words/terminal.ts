/** The words of requests for approval on a terminal. */
import type { Language } from "../core/language.ts";
import { catalogue, say } from "./sentences.ts";
import { duration } from "./times.ts";

const sentences = catalogue({
  plan: { en: "Plan", ko: "배포 계획" },
  digest: { en: "Digest", ko: "다이제스트" },
  risk: { en: "What to know", ko: "알아둘 점" },
  requestedBy: { en: "Requested by", ko: "요청자" },
  pushedBy: { en: "Pushed by", ko: "푸시한 사람" },
  writtenBy: { en: "Written by", ko: "작성자" },
  rule: { en: "Needs", ko: "필요한 승인" },
  approvedBy: { en: "Approved by", ko: "승인한 사람" },
  asked: { en: "Waits for", ko: "기다리는 중" },
  deadline: { en: "Deadline", ko: "승인 기한" },
  ended: { en: "Ended", ko: "결과" },
  approveQuestion: { en: "Approve this?", ko: "승인하시겠습니까?" },
  nothingForYou: { en: "Nothing waits for you.", ko: "기다리는 승인 요청이 없습니다." },
  nothingAtAll: { en: "Nothing waits for anybody.", ko: "열려 있는 승인 요청이 없습니다." },
  forYou: { en: "Waits for you", ko: "내가 승인할 요청" },
  forOthers: { en: "Waits for others", ko: "다른 사람을 기다리는 요청" },
  reviews: { en: "Glass that was broken, to be reviewed", ko: "사후 검토가 필요한 긴급 배포" },
  nobodyAsked: { en: "nobody who can be asked now", ko: "지금 요청할 수 있는 분이 없음" },
  approved: { en: "approved", ko: "승인됨" },
  rejected: { en: "rejected", ko: "반려됨" },
  expired: { en: "expired without a decision", ko: "결정 없이 기한이 지남" },
  withdrawn: { en: "withdrawn", ko: "철회됨" },
  voided: { en: "void: its plan changed", ko: "무효: 배포 계획이 바뀜" },
  "broken-glass": { en: "glass broken", ko: "승인 없이 긴급 배포" },
  by: say({ en: (what: string, who: string) => `${what} by ${who}`, ko: (what, who) => `${what} (${who})` }),
  stillNeeds: say({
    en: (who: string) => `Approved. It still waits for ${who}.`,
    ko: (who) => `승인했습니다. 아직 기다리는 분: ${who}`,
  }),
  goesOn: {
    en: "Approved. The rollout begins by itself as soon as everything is in place.",
    ko: "승인했습니다. 준비가 끝나는 대로 배포가 자동으로 시작됩니다.",
  },
  glassIsBroken: {
    en: "The glass is broken. The rollout begins by itself; all approvers are told, and one of them has to review it.",
    ko: "승인 없이 배포를 시작합니다. 모든 승인자에게 알리며, 사후 검토가 필요합니다.",
  },
  isRejected: {
    en: "Rejected. Nothing that serves was changed.",
    ko: "반려했습니다. 서비스에는 아무 변화가 없습니다.",
  },
  isWithdrawn: {
    en: "Withdrawn. Nothing that serves was changed.",
    ko: "철회했습니다. 서비스에는 아무 변화가 없습니다.",
  },
  isRevoked: { en: "Your approval is taken back.", ko: "승인을 취소했습니다." },
  isReviewed: { en: "Reviewed. Nothing is open any more.", ko: "검토를 마쳤습니다." },
  isHandedOver: say({ en: (to: string) => `${to} is asked now, not you.`, ko: (to) => `이제 ${to} 님께 요청합니다.` }),
  leftUndecided: { en: "Nothing was decided.", ko: "결정하지 않았습니다." },
  objection: say({
    en: (why: string) => `Your approval would not count: ${why}`,
    ko: (why) => `본인의 승인은 효력이 없습니다: ${why}`,
  }),
  open: say({
    en: (since: number) => `for ${duration(since, "en")}`,
    ko: (since) => `${duration(since, "ko")} 동안`,
  }),
});

export type TerminalWords = ReturnType<typeof terminalWords>;

export function terminalWords(language: Language) {
  return sentences(language);
}
