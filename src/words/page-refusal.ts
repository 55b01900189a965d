/** Why a decision was not taken, for the person who wanted it. */
import type { Refusal } from "../core/approval.ts";
import type { Language } from "../core/language.ts";
import { catalogue } from "./sentences.ts";

export const refusalWords = catalogue({
  title: { en: "This was not recorded", ko: "처리되지 않았습니다" },
  movedTitle: { en: "The plan has changed", ko: "배포 계획이 바뀌었습니다" },
  look: { en: "Look at it again", ko: "다시 확인하기" },
  lookNew: { en: "Look at the new plan", ko: "새 계획 확인하기" },
});

const reasons = catalogue({
  ended: { en: "It has ended already.", ko: "이미 처리가 끝난 요청입니다." },
  "too-late": {
    en: "The deadline is over, so the request has expired. It can be made again.",
    ko: "기한이 지나 요청이 만료되었습니다. 다시 요청할 수 있습니다.",
  },
  "other-plan": {
    en: "What you looked at is not what would be deployed now, so your decision was not taken. Please look at the new plan and decide again.",
    ko: "확인하신 내용과 지금 배포될 내용이 달라 결정을 처리하지 않았습니다. 새 계획을 확인하고 다시 결정해 주세요.",
  },
  "not-an-approver": {
    en: "You are not among the approvers of this request. They were fixed when it was made.",
    ko: "이 요청의 승인자가 아닙니다. 승인자는 요청할 때 정해집니다.",
  },
  "right-withdrawn": {
    en: "You were an approver when this was requested, but may not approve any more.",
    ko: "요청 당시에는 승인자였지만 지금은 승인 권한이 없습니다.",
  },
  "own-change": {
    en: "You requested, pushed or wrote this change, and nobody approves their own.",
    ko: "직접 요청하거나 푸시하거나 작성한 변경은 스스로 승인할 수 없습니다.",
  },
  "no-seat": {
    en: "The rule of this request has no place for your approval now.",
    ko: "현재 승인 조건에 해당하지 않아 승인할 수 없습니다.",
  },
  "decided-already": {
    en: "You have approved this. Take the approval back first.",
    ko: "이미 승인하셨습니다. 먼저 승인을 취소해 주세요.",
  },
  "nothing-to-revoke": { en: "You have not approved this plan.", ko: "이 계획을 승인하신 적이 없습니다." },
  "reason-missing": {
    en: "A reason is needed. Whoever asked for this reads it.",
    ko: "사유를 입력해 주세요. 요청자에게 전달됩니다.",
  },
  "not-asked": {
    en: "You were not asked, or have answered, so there is nothing to hand over.",
    ko: "요청받지 않았거나 이미 응답하셔서 넘길 수 없습니다.",
  },
  "cannot-take-over": {
    en: "This person can't take it over: away, asked already, or without a part in the rule.",
    ko: "받는 분이 부재 중이거나, 이미 요청받았거나, 승인 조건에 해당하지 않아 넘길 수 없습니다.",
  },
  "not-allowed": { en: "You may not do this here.", ko: "이 환경에서 이 작업을 할 권한이 없습니다." },
  "no-review-open": { en: "There is no review open here.", ko: "진행 중인 사후 검토가 없습니다." },
  "nobody-may-approve": { en: "Nobody could approve this.", ko: "승인할 수 있는 분이 없습니다." },
  "impossible-rule": { en: "The rule can't be met.", ko: "충족할 수 없는 승인 조건입니다." },
});

export function refusalReason(code: Refusal["code"], language: Language): string {
  return reasons(language)[code];
}
