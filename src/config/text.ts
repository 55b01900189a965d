/** A configuration's text: turns offsets into places that can be shown, without the secrets in it. */
import type { Place } from "./problems.ts";

/** What is shown of a line at most. */
const shownWidth = 100;

/** How much of a line is looked at for secrets around a place; a line can be a quarter of a megabyte. */
const maskedWindow = 4_096;

const secretName = /PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|CREDENTIAL|PRIVATE_?KEY|API_?KEY|ACCESS_?KEY/i;

/** Whether a variable with this name most likely holds a secret. */
export function looksSecret(name: string): boolean {
  return secretName.test(name) && !/_(?:FILE|PATH|URL|URI|NAME|TTL|EXPIRY|LENGTH)$/i.test(name);
}

const urlPassword = /(:\/\/[^\s"'@:/]{0,64}:)([^\s"']{0,512})(?=@)/g;
const secretValue =
  /((?<!\$\{)[\w.-]{0,64}(?:PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|CREDENTIAL|PRIVATE_?KEY|API_?KEY|ACCESS_?KEY)[\w.-]{0,64}["']?\s{0,8}[:=]\s{0,8})(?!["']?\$\{secret:)("(?:[^"\\]|\\.)*"?|'[^']*'?|[^\s,}\]][^,}\]\n]*)/gi;
/** A token in place of a user name, and a password in the short form that scp takes. */
const urlToken = /(https?:\/\/)([^\s"'@/]{1,512})(?=@)/gi;
const scpPassword = /([\w.-]{1,64}:)([^\s"'@/]{1,512})(?=@)/g;
const privateKey = /()(-----BEGIN[^"']*)/g;

export class SourceText {
  readonly file: string;
  readonly text: string;
  readonly #lineStarts: readonly number[];

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
    const starts = [0];
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
    this.#lineStarts = starts;
  }

  place(offset: number, end: number): Place {
    const start = Math.max(0, Math.min(offset, this.text.length));
    const line = this.#lineAt(start);
    const lineStart = this.#lineStarts[line]!;
    const lineEnd = (this.#lineStarts[line + 1] ?? this.text.length + 1) - 1;
    const windowStart = Math.max(lineStart, start - maskedWindow / 2);
    const window = this.text.slice(windowStart, Math.min(lineEnd, windowStart + maskedWindow)).replace(/\r$/, "");
    const from = Math.min(start - windowStart, window.length);
    const width = Math.max(1, Math.min(end - start, window.length - from));
    const shown = cropped(masked({ text: window, from, width }));
    return { file: this.file, line: line + 1, column: start - lineStart + 1, ...shown };
  }

  #lineAt(offset: number): number {
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.#lineStarts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

interface Marked {
  readonly text: string;
  readonly from: number;
  readonly width: number;
}

/** Replaces what looks like a secret and moves the mark with it. */
function masked(marked: Marked): Marked {
  return [urlPassword, urlToken, scpPassword, privateKey, secretValue].reduce(maskedBy, marked);
}

function maskedBy({ text, from, width }: Marked, pattern: RegExp): Marked {
  let result = "";
  let done = 0;
  let start = from;
  let end = from + width;
  for (const match of text.matchAll(pattern)) {
    const secretStart = match.index + match[1]!.length;
    const secretEnd = secretStart + match[2]!.length;
    if (secretStart === secretEnd) continue;
    result += `${text.slice(done, secretStart)}***`;
    start = moved(start, from, secretStart, secretEnd, result.length);
    end = moved(end, from + width, secretStart, secretEnd, result.length);
    done = secretEnd;
  }
  return { text: result + text.slice(done), from: start, width: Math.max(1, end - start) };
}

/** Where a mark lands when the secret in front of it, or around it, is replaced. */
function moved(now: number, original: number, secretStart: number, secretEnd: number, maskedEnd: number): number {
  if (original <= secretStart) return now;
  return original >= secretEnd ? maskedEnd + (original - secretEnd) : maskedEnd;
}

/** Cuts a long line down to what surrounds the mark. */
function cropped({ text, from, width }: Marked): Marked {
  if (text.length <= shownWidth) return { text, from, width };
  const start = Math.max(0, Math.min(from - 40, text.length - shownWidth));
  const before = start > 0 ? "…" : "";
  const after = start + shownWidth < text.length ? "…" : "";
  const shown = before + text.slice(start, start + shownWidth) + after;
  const shownFrom = from - start + before.length;
  return { text: shown, from: shownFrom, width: Math.min(width, Math.max(1, shown.length - shownFrom)) };
}
