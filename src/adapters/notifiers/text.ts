/** Text from outside on its way into a message: nothing invisible in it, bounded, and without a meaning of its own. */
import type { Words } from "../../ports/notifier.ts";

/** Without control characters and without those that turn the direction of text around; line breaks stay. */
export function clean(text: string): string {
  return text
    .toWellFormed()
    .replace(/\r\n?|[\u2028\u2029\u0085]/g, "\n")
    .replace(/[^\S\n ]/g, " ")
    .replace(/[\p{Cc}\u061C\u200B\u200E\u200F\u202A-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB]/gu, (one) =>
      one === "\n" ? one : "",
    );
}

/** On one line. */
export function flat(text: string): string {
  return clean(text).replace(/\s+/g, " ").trim();
}

/** At most so many UTF-16 units, cut between characters. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  let kept = "";
  for (const character of text) {
    if (kept.length + character.length > most - 1) break;
    kept += character;
  }
  return `${kept.trimEnd()}…`;
}

/** Cut before it is encoded, so that no mark is cut in two; if the marks make it too long, less of it is kept. */
export function encoded(text: string, most: number, encode: (text: string) => string): string {
  for (let length = most; length > 0; length = Math.floor(length * 0.7)) {
    const whole = encode(cut(text, length));
    if (whole.length <= most) return whole;
  }
  return "";
}

/** For services that document no way to escape: an invisible space after each mark takes its meaning away. */
export function soften(text: string): string {
  return text.replace(/[*_~`[\]<>@#|!\\{}]|:\/\//gu, (mark) => `${mark}\u200B`);
}

/** All that is said below the title, as plain text. */
export function plainBody({ paragraphs, facts }: Words): string {
  const lines = facts.map(({ name, value }) => `${flat(name)}: ${flat(value)}`).join("\n");
  return [...paragraphs.map((paragraph) => clean(paragraph).trim()), lines].filter((part) => part !== "").join("\n\n");
}
