/**
 * The only way to HTML: a template whose values are text unless they are HTML themselves.
 *
 *     html`<p class="${tone}">${commit.subject}</p>`
 *
 * Values stand between tags or inside of quoted attributes, nowhere else; the template refuses other places.
 */

/** Made by `html` alone. */
export class Html {
  readonly #text: string;

  private constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }

  static of(parts: readonly string[], values: readonly Value[]): Html {
    return new Html(parts.map((part, index) => (index === 0 ? part : written(values[index - 1]) + part)).join(""));
  }
}

export type Value = Html | string | number | undefined | false | readonly Value[];

const checked = new WeakSet<TemplateStringsArray>();

export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Html {
  if (!checked.has(parts)) {
    checkPlaces(parts);
    checked.add(parts);
  }
  checkAddresses(parts, values);
  return Html.of(parts, values);
}

function written(value: Value): string {
  if (value === undefined || value === false) return "";
  if (value instanceof Html) return value.toString();
  return Array.isArray(value) ? (value as readonly Value[]).map(written).join("") : textToHtml(String(value));
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
  "`": "&#96;",
};

/** Also makes visible what would turn the order of letters around, or hide them, in the text beside it. */
export function textToHtml(text: string): string {
  return text
    .replaceAll(/[&<>"'`]/g, (letter) => entities[letter]!)
    .replaceAll(/(?![\n\t])\p{Cc}/gu, "\uFFFD")
    .replaceAll(/[\u061C\u200B-\u200F\u2028\u2029\u202A-\u202E\u2060-\u2069\uFEFF]/g, shown)
    .replaceAll(/\p{Cs}/gu, "\uFFFD");
}

function shown(letter: string): string {
  return `⟨U+${letter.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}⟩`;
}

/** Attributes whose values are code. */
const codeAttribute = /\s(?:on\w+|style|srcdoc)\s*=\s*"[^"]*$/i;

function checkPlaces(parts: TemplateStringsArray): void {
  let place: Place = "text";
  for (const part of parts.slice(0, -1)) {
    for (const letter of part) place = following(place, letter);
    if (place === "tag" || codeAttribute.test(part) || /<(?:script|style)\b[^>]*>[^<]*$/i.test(part)) {
      throw new Error(`a value can't stand there: ${part.slice(-60)}`);
    }
  }
}

/** `value`: inside of the quotes of an attribute. */
type Place = "text" | "tag" | "value";

function following(place: Place, letter: string): Place {
  if (place === "text") return letter === "<" ? "tag" : "text";
  if (letter === '"') return place === "tag" ? "value" : "tag";
  return place === "tag" && letter === ">" ? "text" : place;
}

/** Addresses are paths of this server, or whole ones that were looked at: `javascript:` is none. */
function checkAddresses(parts: TemplateStringsArray, values: readonly Value[]): void {
  for (const [index, value] of values.entries()) {
    if (!/\s(?:href|src|action|formaction)="$/i.test(parts[index]!)) continue;
    if (!/^(?:\/(?![/\\])|https:\/\/|#)/.test(String(value))) throw new Error("this is no address of ours");
  }
}
