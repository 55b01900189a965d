/** Words that stand around every page. */
import type { State } from "../core/deployment.ts";
import type { Language } from "../core/language.ts";
import { catalogue, say } from "./sentences.ts";

export const frameWords = catalogue({
  inbox: { en: "Inbox", ko: "승인함" },
  away: { en: "Absence", ko: "부재" },
  tokens: { en: "Tokens", ko: "토큰" },
  signOut: { en: "Sign out", ko: "로그아웃" },
  skip: { en: "Skip to the content", ko: "본문으로 건너뛰기" },
  menu: { en: "Menu", ko: "메뉴" },
  signedInAs: say({ en: (name: string) => `Signed in as ${name}`, ko: (name) => `${name} 님으로 로그인됨` }),
  back: { en: "Back to the inbox", ko: "승인함으로 돌아가기" },
  notThere: { en: "This page does not exist", ko: "페이지가 없습니다" },
  notThereText: {
    en: "There is nothing at this address, or it is not for your eyes.",
    ko: "이 주소에는 아무것도 없거나, 볼 수 있는 권한이 없습니다.",
  },
  notAllowed: { en: "You may not do this", ko: "권한이 없습니다" },
  notAllowedText: {
    en: "Your account does not have the right that this needs here. An administrator can give it to you.",
    ko: "이 작업에 필요한 권한이 없습니다. 관리자에게 권한을 요청해 주세요.",
  },
  wrongForm: { en: "This form has expired", ko: "유효하지 않은 양식입니다" },
  wrongFormText: {
    en: "It came from another page or from an earlier session, so nothing was done. Open the page again and repeat it.",
    ko: "다른 페이지나 이전 로그인에서 보낸 양식이라 처리하지 않았습니다. 페이지를 다시 열어 시도해 주세요.",
  },
  wrongInput: { en: "Something is missing in the form", ko: "입력 내용을 확인해 주세요" },
  wrongInputText: {
    en: "A field was empty, too long, or not as expected. Nothing was done.",
    ko: "비어 있거나 너무 길거나 형식이 다른 항목이 있습니다. 아무것도 처리하지 않았습니다.",
  },
  trouble: { en: "Something went wrong", ko: "문제가 발생했습니다" },
  troubleText: {
    en: "The server could not do this. Its log says why. Please try again in a moment.",
    ko: "서버에서 처리하지 못했습니다. 원인은 서버 로그에 있습니다. 잠시 후 다시 시도해 주세요.",
  },
  again: { en: "Try again", ko: "다시 시도" },
});

const states = catalogue({
  requested: { en: "requested", ko: "요청됨" },
  preparing: { en: "preparing", ko: "준비 중" },
  "awaiting-approval": { en: "awaiting approval", ko: "승인 대기" },
  queued: { en: "queued", ko: "순서 대기" },
  running: { en: "running", ko: "배포 중" },
  paused: { en: "paused", ko: "일시 정지" },
  "rolling-back": { en: "rolling back", ko: "롤백 중" },
  succeeded: { en: "succeeded", ko: "성공" },
  failed: { en: "failed", ko: "실패" },
  "rolled-back": { en: "failed and rolled back", ko: "실패 후 롤백됨" },
  "rollback-failed": { en: "failed, and the roll-back failed", ko: "실패, 롤백도 실패" },
  rejected: { en: "rejected", ko: "반려" },
  expired: { en: "expired", ko: "기한 만료" },
  withdrawn: { en: "withdrawn", ko: "철회" },
  superseded: { en: "superseded", ko: "대체됨" },
});

export function stateWord(state: State, language: Language): string {
  return states(language)[state];
}
