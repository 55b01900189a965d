/** Words of the inbox and of the page on which somebody decides. */
import type { Rule } from "../core/approval-rule.ts";
import type { Language } from "../core/language.ts";
import { listed } from "./risk.ts";
import { catalogue, say } from "./sentences.ts";

export const approvalWords = catalogue({
  inboxTitle: { en: "Inbox", ko: "승인함" },
  forMe: { en: "Waits for you", ko: "내 결정을 기다리는 요청" },
  forOthers: { en: "Waits for others", ko: "다른 분의 결정을 기다리는 요청" },
  forReview: { en: "To be reviewed afterwards", ko: "사후 검토가 필요한 긴급 배포" },
  nothingForMe: { en: "Nothing waits for your decision.", ko: "결정을 기다리는 요청이 없습니다." },
  nothingForMeText: {
    en: "When somebody asks for your approval, it stands here, and you get a message.",
    ko: "승인 요청이 오면 이곳에 표시되고 메시지로도 알려 드립니다.",
  },
  place: say({
    en: (service: string, environment: string) => `${service} to ${environment}`,
    ko: (service, environment) => `${service} → ${environment}`,
  }),
  requestedBy: say({ en: (name: string) => `requested by ${name}`, ko: (name) => `요청자 ${name}` }),
  waitsFor: say({ en: (names: string) => `waits for ${names}`, ko: (names) => `${names} 님의 결정 대기` }),
  waitsForYou: { en: "waits for you", ko: "내 결정 대기" },
  waits: { en: "waits for a decision", ko: "결정 대기" },
  approved: { en: "approved", ko: "승인됨" },
  rejected: { en: "rejected", ko: "반려됨" },
  expired: { en: "expired", ko: "기한 만료" },
  withdrawn: { en: "withdrawn", ko: "철회됨" },
  voided: { en: "void: the plan changed", ko: "무효: 계획 변경" },
  "broken-glass": { en: "deployed without approval", ko: "승인 없이 긴급 배포" },
  deadline: { en: "Time for the decision", ko: "결정까지 남은 시간" },
  what: { en: "What changes", ko: "변경 내용" },
  revision: { en: "Revision", ko: "리비전" },
  release: { en: "Release", ko: "릴리스" },
  instead: say({ en: (before: string) => `instead of ${before}`, ko: (before) => `(현재 ${before})` }),
  reason: { en: "Reason", ko: "사유" },
  commits: { en: "Commits", ko: "커밋" },
  moreCommits: { en: "and earlier ones", ko: "이전 커밋이 더 있습니다" },
  how: { en: "How it is rolled out", ko: "배포 방법" },
  noPlan: {
    en: "The plan of the rollout is not there any more.",
    ko: "배포 계획을 더 이상 볼 수 없습니다.",
  },
  allSteps: say({ en: (count: number) => `All ${count} steps`, ko: (count) => `전체 ${count}단계 보기` }),
  planDigest: { en: "Plan", ko: "배포 계획" },
  people: { en: "Who decides", ko: "결정하는 사람" },
  rule: { en: "It takes", ko: "승인 조건" },
  asked: { en: "asked", ko: "요청받음" },
  standsIn: say({ en: (name: string) => `stands in for ${name}`, ko: (name) => `${name} 님 대신` }),
  handedOver: { en: "handed it over", ko: "다른 분께 넘김" },
  rejectedIt: { en: "rejected it", ko: "반려함" },
  notAnswered: { en: "did not answer", ko: "응답 없음" },
  notNeeded: { en: "not needed any more", ko: "더 이상 필요 없음" },
  unfilled: { en: "Nobody else can be asked at this moment.", ko: "지금은 추가로 요청할 수 있는 분이 없습니다." },
  decide: { en: "Your decision", ko: "내 결정" },
  approve: { en: "Approve", ko: "승인" },
  approveNext: {
    en: "The rollout begins by itself as soon as everything is in place.",
    ko: "준비가 끝나는 대로 배포가 자동으로 시작됩니다.",
  },
  addComment: { en: "Approve with a comment", ko: "의견을 남기고 승인" },
  comment: { en: "Comment", ko: "의견" },
  reject: { en: "Reject", ko: "반려" },
  rejectOpen: { en: "Reject…", ko: "반려하기…" },
  rejectReason: { en: "Why is it rejected?", ko: "반려 사유" },
  rejectHint: {
    en: "Whoever asked for it reads this. Nothing that serves is changed.",
    ko: "요청자에게 전달됩니다. 서비스에는 아무 변화가 없습니다.",
  },
  handOver: { en: "Hand over", ko: "넘기기" },
  handOverOpen: { en: "Hand over…", ko: "다른 분께 넘기기…" },
  handOverTo: { en: "To whom?", ko: "받는 사람" },
  handOverReason: { en: "Why? (optional)", ko: "사유 (선택)" },
  revoke: { en: "Take the approval back", ko: "승인 취소" },
  withdraw: { en: "Withdraw", ko: "철회" },
  withdrawOpen: { en: "Withdraw the request…", ko: "요청 철회하기…" },
  withdrawReason: { en: "Why is it withdrawn?", ko: "철회 사유" },
  breakGlass: { en: "Deploy without approval", ko: "승인 없이 배포" },
  breakGlassOpen: { en: "Emergency: deploy without approval…", ko: "긴급: 승인 없이 배포하기…" },
  breakGlassReason: { en: "What is the emergency?", ko: "긴급 사유" },
  breakGlassHint: {
    en: "All approvers are told at once, and one of them has to review it afterwards.",
    ko: "모든 승인자에게 즉시 알리며, 승인자 중 한 분이 사후 검토를 해야 합니다.",
  },
  review: { en: "Review done", ko: "검토 완료" },
  reviewOpen: { en: "Review of the emergency", ko: "긴급 배포 사후 검토" },
  reviewNote: { en: "What did you find?", ko: "검토 의견" },
  reviewedBy: say({ en: (name: string) => `Reviewed by ${name}`, ko: (name) => `검토자 ${name}` }),
  youApproved: {
    en: "You have approved this. It waits for the others.",
    ko: "승인하셨습니다. 다른 분의 결정을 기다리고 있습니다.",
  },
  notYours: { en: "The decision is not with you.", ko: "이 요청의 결정 권한이 없습니다." },
  endedBy: { en: "By", ko: "처리자" },
  behind: {
    en: "A newer revision waits behind this one.",
    ko: "더 새로운 리비전이 이 요청 뒤에서 기다리고 있습니다.",
  },
  toDeployment: { en: "Open the deployment", ko: "배포 보기" },
  didApprove: { en: "Your approval is recorded.", ko: "승인이 기록되었습니다." },
  didReject: { en: "Your rejection is recorded.", ko: "반려가 기록되었습니다." },
  didHandOver: { en: "It is handed over.", ko: "다른 분께 넘겼습니다." },
  didRevoke: { en: "Your approval is taken back.", ko: "승인을 취소했습니다." },
  didWithdraw: { en: "The request is withdrawn.", ko: "요청을 철회했습니다." },
  didBreakGlass: {
    en: "It is deployed without approval. Everybody is told.",
    ko: "승인 없이 배포합니다. 모두에게 알렸습니다.",
  },
  didReview: { en: "Your review is recorded.", ko: "검토가 기록되었습니다." },
});

const ruleParts = catalogue({
  group: say({
    en: (count: number, group: string) => `${count} of the group ${group}`,
    ko: (count, group) => `${group} 그룹 ${count}명`,
  }),
  people: say({
    en: (count: number, people: readonly string[]) =>
      people.length === 1 ? people[0]! : `${count} of ${listed(people, "en")}`,
    ko: (count, people) => (people.length === 1 ? people[0]! : `${listed(people, "ko")} 중 ${count}명`),
  }),
  and: { en: " and ", ko: " 그리고 " },
  or: { en: " or ", ko: " 또는 " },
});

/** `1 of the group leads and kim`. */
export function ruleWords(rule: Rule, language: Language): string {
  const spoken = ruleParts(language);
  if (rule.kind === "group") return spoken.group(rule.count, rule.group);
  if (rule.kind === "people") return spoken.people(rule.count, rule.people);
  const inner = rule.of.map((one) =>
    one.kind === "all" || one.kind === "any" ? `(${ruleWords(one, language)})` : ruleWords(one, language),
  );
  return inner.join(rule.kind === "all" ? spoken.and : spoken.or);
}
