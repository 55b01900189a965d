/** The language of whoever reads the terminal. */
import type { Language } from "../core/language.ts";
import type { Shell } from "./shell.ts";

export function languageOf({ LC_ALL, LC_MESSAGES, LANG }: Shell["env"]): Language {
  const locale = [LC_ALL, LC_MESSAGES, LANG].find((value) => value !== undefined && value !== "") ?? "";
  return /^ko(?:[_.@-]|$)/i.test(locale) ? "ko" : "en";
}
