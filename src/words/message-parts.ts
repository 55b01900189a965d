/** What the words of several messages have in common: the facts under them, the link, and who reads them. */
import type { Language } from "../core/language.ts";
import type { About } from "../core/message.ts";
import type { Words } from "../ports/notifier.ts";
import { catalogue, say } from "./sentences.ts";
import { moment, timeLeft } from "./times.ts";

/** What is not in the message itself. */
export interface Telling {
  /** Milliseconds since 1970: durations are said from here. */
  readonly now: number;
  /** Of the reader, as far as it is known. */
  readonly timeZone?: string;
  /** Where the pages begin, without a slash at the end; missing: there are none, and commands are named instead. */
  readonly server?: string;
}

export type Fact = Words["facts"][number];

const sentences = catalogue({
  service: { en: "Service", ko: "서비스" },
  environment: { en: "Environment", ko: "환경" },
  deployment: { en: "Deployment", ko: "배포 번호" },
  revision: { en: "Revision", ko: "리비전" },
  release: { en: "Release", ko: "릴리스" },
  requestedBy: { en: "Requested by", ko: "요청자" },
  deadline: { en: "Deadline", ko: "승인 기한" },
  plan: { en: "Plan", ko: "배포 계획" },
  asked: { en: "Asked", ko: "승인 요청 대상" },
  openDeployment: { en: "Open the deployment", ko: "배포 보기" },
  openApproval: { en: "Look at it and decide", ko: "내용 확인 후 결정하기" },
  openEnded: { en: "Open the request", ko: "승인 요청 보기" },
  openReview: { en: "Look at it and review", ko: "내용 확인 후 검토하기" },
  place: say({
    en: ({ service, environment, number }: About) => `${service} to ${environment} (d-${number})`,
    ko: ({ service, environment, number }) => `${service} → ${environment} (d-${number})`,
  }),
});

export type PartName = Exclude<keyof ReturnType<typeof sentences>, "place">;

/** `orders to production (d-12)`. */
export function placeWords(about: About, language: Language): string {
  return sentences(language).place(about);
}

export function fact(name: PartName, value: string, language: Language): Fact {
  return { name: sentences(language)[name], value };
}

export function aboutFacts(about: About, language: Language): Fact[] {
  return [
    fact("service", about.service, language),
    fact("environment", about.environment, language),
    fact("deployment", `d-${about.number}`, language),
    ...(about.revision === undefined ? [] : [fact("revision", short(about.revision), language)]),
    ...(about.release === undefined ? [] : [fact("release", String(about.release), language)]),
    fact("requestedBy", about.requestedBy, language),
  ];
}

export function deadlineFact(deadline: number, language: Language, { now, timeZone }: Telling): Fact {
  const left = timeLeft(deadline, now, language);
  return fact("deadline", `${moment(deadline, language, timeZone)}, ${left}`, language);
}

/** The first digits of a digest or a commit, as many as nobody confuses. */
export function short(digest: string): string {
  return digest.slice(0, 12);
}

/** A part of `Words`, empty where there are no pages. */
export function link(
  label: PartName,
  path: `/${string}`,
  language: Language,
  { server }: Telling,
): Pick<Words, "link"> {
  return server === undefined ? {} : { link: { label: sentences(language)[label], url: `${server}${path}` } };
}
