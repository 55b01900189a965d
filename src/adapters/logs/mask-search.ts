/** Finds many forms of secrets in one pass over a text, however many they are. */

/** What is at a place of a text. */
export type Found =
  /** The longest form that begins here and is there as a whole. */
  | { readonly kind: "whole"; readonly at: number; readonly length: number }
  /** The text ends here, and a form may have begun. */
  | { readonly kind: "open"; readonly at: number };

/** Every form has as many characters at least. */
const startLength = 4;
const markBits = 16;
const bitsEach = markBits / startLength;

export class FormsSearch {
  /** By their first characters; the longest first. */
  readonly #byStart: ReadonlyMap<string, readonly string[]>;
  /** What is shorter than a start, and may become one. */
  readonly #beginnings: ReadonlySet<string>;
  /** 1 for the mark of every start: nearly every place of a text is passed with one look at it. */
  readonly #marks = new Uint8Array(2 ** markBits);

  /** Forms of at least 4 characters. */
  constructor(forms: readonly string[]) {
    const longestFirst = forms.toSorted((a, b) => b.length - a.length);
    this.#byStart = Map.groupBy(longestFirst, (form) => form.slice(0, startLength));
    const starts = [...this.#byStart.keys()];
    this.#beginnings = new Set(starts.flatMap((start) => [1, 2, 3].map((length) => start.slice(0, length))));
    for (const start of starts) this.#marks[markOf(start)] = 1;
  }

  /** All places in their order, up to the first open one. With `isEnd`, none is open. */
  *find(text: string, isEnd: boolean): Generator<Found, void> {
    let mark = markOf(text.slice(0, startLength - 1));
    for (let last = startLength - 1; last < text.length; last += 1) {
      mark = nextMark(mark, text.charCodeAt(last));
      if (this.#marks[mark] === 0) continue;
      const at = last - startLength + 1;
      const found = this.#at(text, at, isEnd);
      if (found !== undefined) yield found;
      if (found?.kind === "open") return;
    }
    if (isEnd) return;
    for (let at = Math.max(0, text.length - startLength + 1); at < text.length; at += 1) {
      if (!this.#beginnings.has(text.slice(at))) continue;
      yield { kind: "open", at };
      return;
    }
  }

  #at(text: string, at: number, isEnd: boolean): Found | undefined {
    let length = 0;
    for (const form of this.#byStart.get(text.slice(at, at + startLength)) ?? []) {
      if (at + form.length > text.length) {
        if (!isEnd && form.startsWith(text.slice(at))) return { kind: "open", at };
      } else if (text.startsWith(form, at)) {
        length = form.length;
        break;
      }
    }
    return length === 0 ? undefined : { kind: "whole", at, length };
  }
}

/** Of the last characters only: what came before is shifted out. */
function nextMark(mark: number, code: number): number {
  return ((mark << bitsEach) ^ code) & (2 ** markBits - 1);
}

function markOf(text: string): number {
  let mark = 0;
  for (let index = 0; index < text.length; index += 1) mark = nextMark(mark, text.charCodeAt(index));
  return mark;
}
