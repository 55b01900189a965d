/**
 * Reads rules as people write them:
 *
 *     one of leads and one of dba
 *     alice and (bob or tom)
 *     2 of (kim, lee, park) or one of directors
 *
 * `and` and `or` side by side need parentheses, so that nobody has to know which of them binds closer.
 */
import { ruleProblem, type Rule } from "./approval-rule.ts";

/** Who may be named. A name must not be both. */
export interface KnownNames {
  readonly people: ReadonlySet<string>;
  readonly groups: ReadonlySet<string>;
}

export type ReadRule =
  | { readonly kind: "rule"; readonly rule: Rule }
  /** `column` counts from 1 and says where the reader stumbled. */
  | { readonly kind: "problem"; readonly column: number; readonly message: string };

const longestText = 1000;
const deepest = 10;
const numbers = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
const reserved = new Set(["and", "or", "of", ...numbers]);

export function readRule(text: string, known: KnownNames): ReadRule {
  if (text.length > longestText) {
    return { kind: "problem", column: longestText + 1, message: `a rule has at most ${longestText} characters` };
  }
  try {
    const rule = new RuleReader(text, known).read();
    const message = ruleProblem(rule);
    return message === undefined ? { kind: "rule", rule } : { kind: "problem", column: 1, message };
  } catch (error) {
    if (error instanceof Stumbled) return { kind: "problem", column: error.column, message: error.message };
    throw error;
  }
}

interface Word {
  readonly text: string;
  readonly column: number;
}

/** Never leaves this file. */
class Stumbled extends Error {
  readonly column: number;

  constructor({ column }: Word, message: string) {
    super(message);
    this.column = column;
  }
}

class RuleReader {
  readonly #words: readonly Word[];
  readonly #end: Word;
  readonly #known: KnownNames;
  #next = 0;

  constructor(text: string, known: KnownNames) {
    this.#words = [...text.matchAll(/[(),]|[^\s(),]+/g)].map(({ 0: word, index }) => ({
      text: word,
      column: index + 1,
    }));
    this.#end = { text: "", column: text.length + 1 };
    this.#known = known;
  }

  read(): Rule {
    if (this.#words.length === 0) throw new Stumbled(this.#end, "the rule is empty; write for example: one of leads");
    const rule = this.#rule(0);
    if (!this.#isAtEnd()) throw new Stumbled(this.#peek(), `"and" or "or" is missing before "${this.#peek().text}"`);
    return rule;
  }

  /** `term (and term)*` or `term (or term)*`. */
  #rule(depth: number): Rule {
    const of = [this.#term(depth)];
    const joint = this.#peek().text;
    if (joint !== "and" && joint !== "or") return of[0]!;
    while (this.#accept(joint)) of.push(this.#term(depth));
    const other = this.#peek();
    if (other.text === "and" || other.text === "or") {
      throw new Stumbled(other, `"and" beside "or" can be read in two ways; add parentheses`);
    }
    return { kind: joint === "and" ? "all" : "any", of };
  }

  /** `(rule)`, `2 of ...`, or the name of a person. */
  #term(depth: number): Rule {
    const first = this.#peek();
    if (this.#accept("(")) {
      if (depth >= deepest) throw new Stumbled(first, `parentheses go at most ${deepest} deep`);
      const rule = this.#rule(depth + 1);
      this.#expect(")");
      return rule;
    }
    const count = countOf(first.text);
    if (count !== undefined) {
      this.#next += 1;
      this.#expect("of");
      return this.#some(count);
    }
    const name = this.#name();
    if (this.#isGroup(name)) {
      throw new Stumbled(name, `"${name.text}" is a group; say how many of it: "one of ${name.text}"`);
    }
    return { kind: "people", count: 1, people: [name.text] };
  }

  /** What follows `2 of`: a group, or people in parentheses. */
  #some(count: number): Rule {
    if (this.#accept("(")) {
      const people = [this.#person()];
      while (this.#accept(",")) people.push(this.#person());
      this.#expect(")");
      return { kind: "people", count, people };
    }
    const name = this.#name();
    if (this.#isGroup(name)) return { kind: "group", count, group: name.text };
    throw new Stumbled(name, `"${name.text}" is a person; write the name alone, or "${count} of (...)" with several`);
  }

  #person(): string {
    const name = this.#name();
    if (this.#isGroup(name)) throw new Stumbled(name, `"${name.text}" is a group; only people can be listed here`);
    return name.text;
  }

  #name(): Word {
    const word = this.#peek();
    const isName = word !== this.#end && !/^[(),]$/.test(word.text) && !reserved.has(word.text);
    if (!isName) throw new Stumbled(word, `a name is missing ${placeOf(word)}`);
    const { people, groups } = this.#known;
    if (!people.has(word.text) && !groups.has(word.text)) {
      throw new Stumbled(word, `nobody and no group is called "${word.text}"; groups: ${listed(groups)}`);
    }
    if (people.has(word.text) && groups.has(word.text)) {
      throw new Stumbled(word, `"${word.text}" is a person and a group; rename one of them`);
    }
    this.#next += 1;
    return word;
  }

  #isGroup({ text }: Word): boolean {
    return this.#known.groups.has(text);
  }

  #peek(): Word {
    return this.#words[this.#next] ?? this.#end;
  }

  #isAtEnd(): boolean {
    return this.#next >= this.#words.length;
  }

  #accept(text: string): boolean {
    const isNext = this.#peek().text === text;
    if (isNext) this.#next += 1;
    return isNext;
  }

  #expect(text: string): void {
    if (!this.#accept(text)) throw new Stumbled(this.#peek(), `"${text}" is missing ${placeOf(this.#peek())}`);
  }
}

function countOf(word: string): number | undefined {
  if (/^\d{1,3}$/.test(word)) return Number(word);
  const index = numbers.indexOf(word);
  return index === -1 ? undefined : index + 1;
}

function placeOf({ text }: Word): string {
  return text === "" ? "at the end" : `before "${text}"`;
}

function listed(names: ReadonlySet<string>): string {
  return names.size === 0 ? "none" : [...names].toSorted().join(", ");
}
