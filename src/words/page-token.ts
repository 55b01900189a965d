/** The words of the page of one's own tokens. */
import { catalogue, say } from "./sentences.ts";

export const tokenWords = catalogue({
  title: { en: "Tokens", ko: "토큰" },
  lead: {
    en: "A token lets a program or a command line act as you. Whoever has it is you: keep it like a password.",
    ko: "토큰이 있으면 프로그램이나 명령줄에서 본인 자격으로 작업할 수 있습니다. 비밀번호처럼 보관하세요.",
  },
  name: { en: "Name", ko: "이름" },
  nameHint: { en: "Where it will be, such as kim-laptop", ko: "사용할 곳, 예: kim-laptop" },
  days: { en: "How long it is valid", ko: "유효 기간" },
  forDays: say({ en: (days: number) => `${days} days`, ko: (days) => `${days}일` }),
  may: { en: "What it may do", ko: "권한" },
  everything: { en: "All that I may", ko: "내 권한 전체" },
  onlyLook: { en: "Only look", ko: "조회만" },
  create: { en: "Make the token", ko: "토큰 만들기" },
  made: say({
    en: (name: string) => `This is the token ${name}. It is not shown again.`,
    ko: (name) => `토큰 ${name}입니다. 다시 표시되지 않습니다.`,
  }),
  taken: { en: "There is a token with this name already.", ko: "같은 이름의 토큰이 이미 있습니다." },
  refused: {
    en: "This token could not be made. Its name has small letters, digits, dots and dashes.",
    ko: "토큰을 만들 수 없습니다. 이름에는 영문 소문자, 숫자, 점, 붙임표만 쓸 수 있습니다.",
  },
  yours: { en: "Your tokens", ko: "내 토큰" },
  none: { en: "You have no token.", ko: "토큰이 없습니다." },
  until: say({ en: (when: string) => `until ${when}`, ko: (when) => `${when}까지` }),
  expired: say({ en: (when: string) => `expired ${when}`, ko: (when) => `${when} 만료됨` }),
  revoke: { en: "Revoke", ko: "폐기" },
  revokeOne: say({ en: (name: string) => `Revoke the token ${name}`, ko: (name) => `토큰 ${name} 폐기` }),
});
