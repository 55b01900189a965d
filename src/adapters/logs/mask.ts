/**
 * Keeps secrets out of text that arrives in chunks.
 *
 * Each value is also known in the forms in which programs print it. This is best effort: a program that prints a
 * secret reversed, or in hex, is not caught.
 */
import { secretForms } from "./mask-forms.ts";
import { FormsSearch } from "./mask-search.ts";

export interface Mask {
  /** The text that can be shown by now. What may be the beginning of a secret is kept back. */
  push(text: string): string;
  /** The rest; nothing more comes. */
  end(): string;
}

export const MASKED = "***";

export function createMask(secrets: readonly string[]): Mask {
  const search = searchFor(secrets);
  return search === undefined ? transparent : new FormsMask(search);
}

/** Masks a text that is there as a whole. */
export function maskText(secrets: readonly string[], text: string): string {
  const mask = createMask(secrets);
  return mask.push(text) + mask.end();
}

const transparent: Mask = { push: (text) => text, end: () => "" };

/** What was prepared for a list of secrets, and what the list held then. Hundreds of logs are opened with the same. */
const prepared = new WeakMap<readonly string[], { readonly held: readonly string[]; readonly search: FormsSearch }>();

function searchFor(secrets: readonly string[]): FormsSearch | undefined {
  const known = prepared.get(secrets);
  if (known?.held.length === secrets.length && known.held.every((secret, index) => secret === secrets[index]))
    return known.search;
  const forms = new Set(secrets.flatMap(secretForms));
  if (forms.size === 0) return undefined;
  const search = new FormsSearch([...forms]);
  prepared.set(secrets, { held: [...secrets], search });
  return search;
}

/** Everything covered by any form is masked, also where forms overlap. */
class FormsMask implements Mask {
  readonly #search: FormsSearch;
  #held = "";
  /** So much at the beginning of what is held was masked already. */
  #covered = 0;

  constructor(search: FormsSearch) {
    this.#search = search;
  }

  push(text: string): string {
    return this.#mask(this.#held + text, false);
  }

  end(): string {
    return this.#mask(this.#held, true);
  }

  #mask(text: string, isEnd: boolean): string {
    let shown = "";
    let done = this.#covered;
    let limit = text.length;
    for (const found of this.#search.find(text, isEnd)) {
      if (found.kind === "open") {
        limit = found.at;
        break;
      }
      if (found.at >= done) shown += text.slice(done, found.at) + MASKED;
      done = Math.max(done, found.at + found.length);
    }
    if (done < limit) shown += text.slice(done, limit);
    this.#held = text.slice(limit);
    this.#covered = Math.max(0, done - limit);
    return shown;
  }
}
