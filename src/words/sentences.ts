/**
 * Sentences in every language, side by side: a sentence that is missing in one of them does not compile.
 *
 *     const sentences = catalogue({
 *       approve: { en: "Approve", ko: "승인" },
 *       waits: say({ en: (name: string) => `Waits for ${name}.`, ko: (name) => `${name} 님을 기다립니다.` }),
 *     });
 */
import type { Language } from "../core/language.ts";

/** The same in every language. */
export type InAll<Sentence> = Readonly<Record<Language, Sentence>>;

type Sentences = Readonly<Record<string, InAll<unknown>>>;

/** Sentences of one language. */
export type Spoken<All extends Sentences> = { readonly [Name in keyof All]: Plain<All[Name]["en"]> };

type Plain<Sentence> = Sentence extends string ? string : Sentence;

export function catalogue<const All extends Readonly<Record<string, InAll<string | Says>>>>(
  all: All,
): (language: Language) => Spoken<All> {
  const of = (language: Language): Spoken<All> =>
    Object.fromEntries(Object.entries(all).map(([name, sentence]) => [name, sentence[language]])) as Spoken<All>;
  const spoken: InAll<Spoken<All>> = { en: of("en"), ko: of("ko") };
  return (language) => spoken[language];
}

type Says = (...about: never[]) => string;

/** A sentence about something. Both languages are told the same. */
export function say<About extends readonly unknown[]>(
  sentence: InAll<(...about: About) => string>,
): InAll<(...about: About) => string> {
  return sentence;
}
