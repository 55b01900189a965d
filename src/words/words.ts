/** All words that people read in messages and on pages, in one language. */
import type { Language } from "../core/language.ts";
import type { Message } from "../core/message.ts";
import type { RiskLine } from "../core/risk.ts";
import type { Words } from "../ports/notifier.ts";
import { askedWords, endedWords, glassWords } from "./approval-messages.ts";
import { deploymentEndedWords, testWords } from "./deployment-messages.ts";
import type { Telling } from "./message-parts.ts";
import { riskSentence } from "./risk.ts";
import { duration, moment, timeLeft } from "./times.ts";

export type { Telling };

export interface Catalogue {
  readonly language: Language;
  /** A message as every channel brings it into its own form. */
  message(message: Message, telling: Telling): Words;
  /** One line of a list, without a full stop. */
  risk(line: RiskLine): string;
  /** `3시간 20분`. */
  duration(milliseconds: number): string;
  /** `3시간 20분 남음`. */
  timeLeft(until: number, now: number): string;
  /** `11월 23일(월) 14:20 (Asia/Seoul)`; in UTC where no time zone is known. */
  moment(at: number, timeZone?: string): string;
}

export function words(language: Language): Catalogue {
  return catalogues[language];
}

const catalogues: Readonly<Record<Language, Catalogue>> = { en: catalogueOf("en"), ko: catalogueOf("ko") };

function catalogueOf(language: Language): Catalogue {
  return {
    language,
    message: (message, telling) => messageWords(message, language, telling),
    risk: (line) => riskSentence(line, language),
    duration: (milliseconds) => duration(milliseconds, language),
    timeLeft: (until, now) => timeLeft(until, now, language),
    moment: (at, timeZone) => moment(at, language, timeZone),
  };
}

function messageWords(message: Message, language: Language, telling: Telling): Words {
  switch (message.kind) {
    case "approval-asked":
      return askedWords(message, language, telling);
    case "approval-ended":
      return endedWords(message, language, telling);
    case "deployment-ended":
      return deploymentEndedWords(message, language, telling);
    case "glass-broken":
    case "review-due":
      return glassWords(message, language, telling);
    case "test":
      return testWords(message, language);
  }
}
