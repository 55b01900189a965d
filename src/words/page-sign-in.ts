/** Words of the pages on which people sign in and set a password. */
import { catalogue, say } from "./sentences.ts";
import { duration } from "./times.ts";

export const signInWords = catalogue({
  title: { en: "Sign in", ko: "로그인" },
  lead: { en: "To see what is deployed, and to decide.", ko: "배포 내용을 확인하고 결정하려면 로그인해 주세요." },
  login: { en: "Login", ko: "아이디" },
  password: { en: "Password", ko: "비밀번호" },
  submit: { en: "Sign in", ko: "로그인" },
  withOther: { en: "Sign in with your organisation", ko: "조직 계정으로 로그인" },
  or: { en: "or", ko: "또는" },
  haveCode: { en: "I have a one-time code", ko: "일회용 코드가 있습니다" },
  refused: {
    en: "This login and password do not belong together.",
    ko: "아이디 또는 비밀번호가 올바르지 않습니다.",
  },
  wait: say({
    en: (milliseconds: number) => `There were too many tries. Please wait ${duration(milliseconds, "en")}.`,
    ko: (milliseconds) => `시도가 너무 많았습니다. ${duration(milliseconds, "ko")} 후에 다시 시도해 주세요.`,
  }),
  busy: {
    en: "Too many people sign in at this moment. Please try again.",
    ko: "지금 로그인 요청이 많습니다. 잠시 후 다시 시도해 주세요.",
  },
  setTitle: { en: "Set your password", ko: "비밀번호 설정" },
  setLead: {
    en: "With the one-time code that you were given. It can be used once, within a day.",
    ko: "전달받은 일회용 코드로 비밀번호를 설정합니다. 코드는 하루 안에 한 번만 사용할 수 있습니다.",
  },
  code: { en: "One-time code", ko: "일회용 코드" },
  newPassword: { en: "New password", ko: "새 비밀번호" },
  newPasswordHint: {
    en: "12 characters or more. A short sentence is easy to remember.",
    ko: "12자 이상으로 정해 주세요. 짧은 문장이 기억하기 쉽습니다.",
  },
  repeat: { en: "New password, again", ko: "새 비밀번호 확인" },
  setSubmit: { en: "Set the password", ko: "비밀번호 설정" },
  haveNone: { en: "I have a password already", ko: "이미 비밀번호가 있습니다" },
  codeRefused: {
    en: "This code is not valid for this login, or it was used or is too old. An administrator can make a new one.",
    ko: "이 아이디에 맞는 코드가 아니거나, 이미 사용했거나 기한이 지난 코드입니다. 관리자에게 새 코드를 요청해 주세요.",
  },
  notSame: { en: "The two passwords are different.", ko: "두 비밀번호가 서로 다릅니다." },
  "too-short": { en: "The password needs 12 characters or more.", ko: "비밀번호는 12자 이상이어야 합니다." },
  "too-long": { en: "The password can have 256 characters at most.", ko: "비밀번호는 256자 이하여야 합니다." },
  "has-login": {
    en: "Besides your login there is too little in the password.",
    ko: "비밀번호가 아이디와 너무 비슷합니다.",
  },
  "too-simple": {
    en: "The password has too few different characters.",
    ko: "비밀번호에 서로 다른 글자가 너무 적습니다.",
  },
  elsewhereFailed: {
    en: "Signing in with your organisation did not work. Nothing was changed; please try again.",
    ko: "조직 계정으로 로그인하지 못했습니다. 변경된 것은 없으니 다시 시도해 주세요.",
  },
  elsewhereUnknown: {
    en: "Your organisation knows you, but nobody here is linked to you. Who approves or administrates signs in with the password once, and then again by the organisation; others ask an administrator for an account.",
    ko: "조직 계정은 확인되었지만 이곳의 계정과 연결되어 있지 않습니다. 승인이나 관리 권한이 있으면 먼저 비밀번호로 로그인한 뒤 조직 계정으로 다시 로그인하십시오. 계정이 없으면 관리자에게 요청해 주십시오.",
  },
  signedOut: { en: "You are signed out.", ko: "로그아웃되었습니다." },
});
