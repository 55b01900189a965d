/**
 * Keeps secrets out of text that arrives in chunks.
 *
 * Each value is also known in the forms in which programs print it: base64, URL-encoded, JSON-escaped, quoted for a
 * shell. This is best effort: a program that prints a secret reversed, or in hex, is not caught.
 */

export interface Mask {
  /** The text that can be shown by now. What may be the beginning of a secret is kept back. */
  push(text: string): string;
  /** The rest; nothing more comes. */
  end(): string;
}

export const MASKED = "***";

/** Anything shorter would mask half of every log. */
const shortestSecret = 4;
/** The lines of a longer secret, such as a key, are secrets of their own. */
const shortestSecretLine = 8;

export function createMask(secrets: readonly string[]): Mask {
  const forms = [...new Set(secrets.flatMap(secretForms))].toSorted((a, b) => b.length - a.length);
  return forms.length === 0 ? transparent : new FormsMask(forms);
}

/** Masks a text that is there as a whole. */
export function maskText(secrets: readonly string[], text: string): string {
  const mask = createMask(secrets);
  return mask.push(text) + mask.end();
}

const transparent: Mask = { push: (text) => text, end: () => "" };

/** Everything covered by any form is masked, also where forms overlap. */
class FormsMask implements Mask {
  /** The longest form first, so that it is found before those that begin like it. */
  readonly #any: RegExp;
  readonly #byFirst: ReadonlyMap<string, readonly string[]>;
  readonly #longest: number;
  #held = "";
  /** So much at the beginning of what is held was masked already. */
  #covered = 0;

  constructor(forms: readonly string[]) {
    this.#any = new RegExp(forms.map((form) => RegExp.escape(form)).join("|"), "g");
    this.#byFirst = Map.groupBy(forms, (form) => form.charAt(0));
    this.#longest = forms[0]!.length;
  }

  push(text: string): string {
    const all = this.#held + text;
    return this.#maskUpTo(all, this.#firstOpen(all));
  }

  end(): string {
    return this.#maskUpTo(this.#held, this.#held.length);
  }

  /** Where the first form begins that may be completed by what comes next. */
  #firstOpen(text: string): number {
    for (let start = Math.max(0, text.length - this.#longest + 1); start < text.length; start += 1) {
      const candidates = this.#byFirst.get(text.charAt(start));
      if (candidates === undefined) continue;
      const rest = text.slice(start);
      if (candidates.some((form) => form.length > rest.length && form.startsWith(rest))) return start;
    }
    return text.length;
  }

  #maskUpTo(text: string, limit: number): string {
    let shown = "";
    let done = this.#covered;
    this.#any.lastIndex = 0;
    for (let match = this.#any.exec(text); match !== null && match.index < limit; match = this.#any.exec(text)) {
      if (match.index >= done) shown += text.slice(done, match.index) + MASKED;
      done = Math.max(done, match.index + match[0].length);
      // Another form may begin within this one.
      this.#any.lastIndex = match.index + 1;
    }
    if (done < limit) shown += text.slice(done, limit);
    this.#held = text.slice(limit);
    this.#covered = Math.max(0, done - limit);
    return shown;
  }
}

/** A secret in all the forms that are masked. */
export function secretForms(secret: string): string[] {
  if (secret.length < shortestSecret) return [];
  const lines = secret.split(/\r?\n/).filter((line) => line.length >= shortestSecretLine);
  return [...new Set([secret, secret.trimEnd(), ...lines])]
    .filter((value) => value.length >= shortestSecret)
    .flatMap((value) => [value, ...base64Forms(value), ...urlForms(value), ...jsonForms(value), ...shellForms(value)])
    .filter((form) => form.length >= shortestSecret);
}

/** Base64 of a text that contains the value depends on where in the text it begins; its middle has three looks. */
function base64Forms(value: string): string[] {
  const bytes = Buffer.from(value);
  return [0, 1, 2].flatMap((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64");
    // A character at either end that also carries bits of its neighbours is left out.
    const begin = Math.ceil((offset * 8) / 6);
    const end = Math.floor(((offset + bytes.length) * 8) / 6);
    const middle = encoded.slice(begin, end);
    return [middle, middle.replaceAll("+", "-").replaceAll("/", "_")];
  });
}

function urlForms(value: string): string[] {
  const encoded = encodeURIComponent(value.toWellFormed());
  const strict = encoded.replaceAll(/[!'()*~]/g, percent);
  const all = [encoded, strict, encoded.replaceAll("%20", "+"), strict.replaceAll("%20", "+")];
  return [...all, ...all.map((form) => form.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()))];
}

function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

function jsonForms(value: string): string[] {
  const escaped = JSON.stringify(value).slice(1, -1);
  const ascii = escaped.replaceAll(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return [escaped, ascii, escaped.replaceAll("/", "\\/")];
}

/** Without the quotes around it. */
function shellForms(value: string): string[] {
  return [
    value.replaceAll("'", String.raw`'\''`),
    value.replaceAll("'", `'"'"'`),
    value.replaceAll(/["$`\\!]/g, String.raw`\$&`),
    value.replaceAll(/["$`\\]/g, String.raw`\$&`),
    value.replaceAll(/[^A-Za-z0-9_@%+=:,./-]/g, String.raw`\$&`),
    value
      .replaceAll("\\", "\\\\")
      .replaceAll("'", String.raw`\'`)
      .replaceAll("\n", String.raw`\n`),
  ];
}
