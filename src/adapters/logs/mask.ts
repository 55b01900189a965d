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

/** What must not be seen: a list, or who knows it at any time. The same list while nothing is new costs nothing. */
export type SecretValues = readonly string[] | (() => readonly string[]);

/** With a function, what becomes known while text comes is masked from then on. */
export function createMask(secrets: SecretValues): Mask {
  return new FormsMask(typeof secrets === "function" ? secrets : () => secrets);
}

/** Masks a text that is there as a whole. */
export function maskText(secrets: readonly string[], text: string): string {
  const mask = createMask(secrets);
  return mask.push(text) + mask.end();
}

interface Prepared {
  /** What the list held when its forms were made. */
  readonly held: readonly string[];
  readonly search: FormsSearch;
}

/** Hundreds of logs are opened with the same list. */
const prepared = new WeakMap<readonly string[], Prepared>();

function prepare(secrets: readonly string[], last: Prepared | undefined): Prepared {
  const known = [last, prepared.get(secrets)].find((one) => one !== undefined && isSame(one.held, secrets));
  if (known !== undefined) return known;
  const fresh = { held: [...secrets], search: new FormsSearch([...new Set(secrets.flatMap(secretForms))]) };
  prepared.set(secrets, fresh);
  return fresh;
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((secret, index) => secret === other[index]);
}

/** Everything covered by any form is masked, also where forms overlap. */
class FormsMask implements Mask {
  readonly #secrets: () => readonly string[];
  #prepared: Prepared | undefined;
  #held = "";
  /** So much at the beginning of what is held was masked already. */
  #covered = 0;

  constructor(secrets: () => readonly string[]) {
    this.#secrets = secrets;
  }

  push(text: string): string {
    return this.#mask(this.#held + text, false);
  }

  end(): string {
    return this.#mask(this.#held, true);
  }

  #mask(text: string, isEnd: boolean): string {
    this.#prepared = prepare(this.#secrets(), this.#prepared);
    let shown = "";
    let done = this.#covered;
    let limit = text.length;
    for (const found of this.#prepared.search.find(text, isEnd)) {
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
