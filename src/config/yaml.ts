/**
 * YAML text to plain values that know where they came from.
 *
 * Only the harmless part of YAML 1.2 is taken: no aliases, no tags, no merge keys, no directives. Size and
 * depth are checked before anything is composed, because composing is recursive and not free.
 */
import { Composer, isAlias, isMap, isScalar, isSeq, Lexer, Parser } from "yaml";
import type { CST, Document, Node, YAMLMap, YAMLSeq } from "yaml";

import type { PathStep, Problem, ProblemCode } from "./problems.ts";
import { pathText } from "./problems.ts";
import { SourceText } from "./text.ts";

export const limits = { bytes: 256 * 1024, depth: 50, parts: 150_000, problems: 50 } as const;

export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A value with its place, and its children's by key or index. */
export interface Located {
  readonly value: unknown;
  readonly span: Span;
  readonly keySpan?: Span;
  readonly children: ReadonlyMap<PathStep, Located>;
}

export interface YamlText {
  readonly source: SourceText;
  /** Missing when the text is not YAML at all. */
  readonly root?: Located;
  readonly problems: readonly Problem[];
}

export function readYaml(file: string, text: string): YamlText {
  const source = new SourceText(file, text.startsWith("\uFEFF") ? text.slice(1) : text);
  const reader = new Reader(source);
  const refused = reader.refusal();
  if (refused !== undefined) return { source, problems: [refused] };

  const tokens = reader.tokens();
  if (!Array.isArray(tokens)) return { source, problems: [tokens] };

  const document = reader.compose(tokens);
  if (document === undefined) return { source, problems: reader.problems };
  const root =
    document.contents === null ? { value: null, span: { start: 0, end: 0 }, children: new Map() } : undefined;
  return { source, root: root ?? reader.locate(document.contents as Node, []), problems: reader.problems };
}

class Reader {
  readonly problems: Problem[] = [];
  readonly #source: SourceText;

  constructor(source: SourceText) {
    this.#source = source;
  }

  /** Why the text is not even looked at. */
  refusal(): Problem | undefined {
    const { text } = this.#source;
    const bytes = Buffer.byteLength(text);
    if (bytes > limits.bytes) {
      const kib = Math.ceil(bytes / 1024);
      return this.#problem("SB-CONFIG-SIZE", { start: 0, end: 0 }, `The file has ${kib} KiB; 256 KiB is the limit.`);
    }
    const control = /[\0-\x08\v\f\x0E-\x1F\x7F\uFEFF\uFFFE\uFFFF]|\r(?!\n)/.exec(text);
    if (control !== null) {
      const point = control[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
      const span = { start: control.index, end: control.index + 1 };
      return this.#problem("SB-CONFIG-CHARACTER", span, `The file has the control character U+${point} in it.`);
    }
    return undefined;
  }

  tokens(): CST.Token[] | Problem {
    const parser = new Parser();
    const tokens: CST.Token[] = [];
    let parts = 0;
    for (const lexeme of new Lexer().lex(this.#source.text)) {
      for (const token of parser.next(lexeme)) tokens.push(token);
      const here = { start: parser.offset, end: parser.offset + 1 };
      if (depthOf(parser) > limits.depth) {
        return this.#problem("SB-CONFIG-DEPTH", here, `Values are nested more than ${limits.depth} deep here.`);
      }
      if (++parts > limits.parts) {
        return this.#problem("SB-CONFIG-SIZE", here, `The file has more than ${limits.parts} parts.`);
      }
    }
    for (const token of parser.end()) tokens.push(token);
    return tokens;
  }

  compose(tokens: readonly CST.Token[]): Document.Parsed | undefined {
    for (const token of tokens) {
      if (token.type !== "directive") continue;
      const span = { start: token.offset, end: token.offset + token.source.length };
      this.#report("SB-CONFIG-DIRECTIVE", span, [], "Directives such as %YAML are not taken; leave the line out.");
    }
    // Duplicate keys are found while walking: the library compares each key with every other.
    const options = {
      version: "1.2",
      schema: "core",
      merge: false,
      uniqueKeys: false,
      resolveKnownTags: false,
    } as const;
    const documents = [...new Composer(options).compose(tokens, true, this.#source.text.length)];
    const [document, second] = documents;
    for (const { errors, warnings } of documents) {
      for (const { pos, message, code } of [...errors, ...warnings].slice(0, limits.problems)) {
        const isTag = code === "TAG_RESOLVE_FAILED";
        const span = { start: pos[0], end: pos[1] };
        this.#report(isTag ? "SB-CONFIG-TAG" : "SB-CONFIG-SYNTAX", span, [], sentence(message), syntaxHints[code]);
      }
    }
    if (second !== undefined) {
      const start = second.range[0];
      this.#report(
        "SB-CONFIG-DOCUMENTS",
        { start, end: start + 3 },
        [],
        "A second document starts here; one is taken.",
      );
    }
    return document?.errors.length === 0 ? document : undefined;
  }

  locate(node: Node, path: readonly PathStep[], keySpan?: Span): Located {
    const span = spanOf(node);
    const place = { span, ...(keySpan === undefined ? {} : { keySpan }) };
    const none = new Map<PathStep, Located>();
    if (isAlias(node)) {
      this.#report("SB-CONFIG-ALIAS", span, path, "Aliases are not taken; write the value out.");
      return { value: undefined, ...place, children: none };
    }
    if (node.anchor !== undefined) {
      this.#report("SB-CONFIG-ALIAS", span, path, "Anchors are not taken; write the value out where it is used.");
    }
    if (node.tag !== undefined) {
      this.#report("SB-CONFIG-TAG", span, path, "Tags are not taken; each key knows its own type.");
    }
    if (isMap(node)) return { ...this.#map(node, path), ...place };
    if (isSeq(node)) return { ...this.#list(node, path), ...place };
    return {
      value: isScalar(node) ? this.#scalar(node.value, node.source, span, path) : undefined,
      ...place,
      children: none,
    };
  }

  #map(node: YAMLMap, path: readonly PathStep[]): Pick<Located, "value" | "children"> {
    // Without a prototype, so that no key can reach one.
    const value = Object.create(null) as Record<string, unknown>;
    const children = new Map<PathStep, Located>();
    for (const { key, value: child } of node.items) {
      const name = this.#keyName(key, path, spanOf(node));
      if (name === undefined) continue;
      const keySpan = spanOf(key as Node);
      if (children.has(name)) {
        this.#report("SB-CONFIG-DUPLICATE", keySpan, [...path, name], `${pathText([...path, name])} is there twice.`);
        continue;
      }
      const located =
        child === null || child === undefined
          ? { value: null, span: keySpan, keySpan, children: new Map<PathStep, Located>() }
          : this.locate(child as Node, [...path, name], keySpan);
      children.set(name, located);
      value[name] = located.value;
    }
    return { value, children };
  }

  #keyName(key: unknown, path: readonly PathStep[], around: Span): string | undefined {
    if (!isScalar(key) || key.source === undefined || key.source === "") {
      const span = isScalar(key) || isMap(key) || isSeq(key) || isAlias(key) ? spanOf(key) : around;
      this.#report("SB-CONFIG-KEY", span, path, "A key is a single word here, not a list, a map, an alias or nothing.");
      return undefined;
    }
    const span = spanOf(key);
    const name = typeof key.value === "string" ? key.value : key.source;
    if (key.anchor !== undefined || name === "<<") {
      this.#report("SB-CONFIG-ALIAS", span, path, "Anchors and merge keys are not taken; write the values out.");
      return undefined;
    }
    if (key.tag !== undefined) this.#report("SB-CONFIG-TAG", span, path, "Tags are not taken.");
    if (name === "__proto__" || name === "constructor" || name === "prototype") {
      this.#report("SB-CONFIG-KEY", span, path, `The key ${name} is not allowed anywhere.`);
      return undefined;
    }
    return name;
  }

  #list(node: YAMLSeq, path: readonly PathStep[]): Pick<Located, "value" | "children"> {
    const children = new Map<PathStep, Located>();
    for (const [index, item] of node.items.entries()) {
      children.set(index, this.locate(item as Node, [...path, index]));
    }
    return { value: [...children.values()].map(({ value }) => value), children };
  }

  #scalar(value: unknown, source: string | undefined, span: Span, path: readonly PathStep[]): unknown {
    if (typeof value !== "number" && typeof value !== "bigint") return value;
    const plain = source !== undefined && /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?$/.test(source);
    if (plain && (Number.isSafeInteger(value) || source.includes("."))) return value;
    const message = `${pathText(path)} is a number in a form that is easily misread; write plain decimal digits.`;
    this.#report("SB-CONFIG-NUMBER", span, path, message, `If it is a text, put it in quotes: "${source ?? ""}".`);
    return undefined;
  }

  #report(code: ProblemCode, span: Span, path: readonly PathStep[], message: string, hint?: string): void {
    if (this.problems.length < limits.problems) this.problems.push(this.#problem(code, span, message, path, hint));
  }

  #problem(code: ProblemCode, span: Span, message: string, path: readonly PathStep[] = [], hint?: string): Problem {
    const place = this.#source.place(span.start, span.end);
    return { code, severity: "error", path: pathText(path), message, ...(hint === undefined ? {} : { hint }), place };
  }
}

const syntaxHints: Readonly<Record<string, string>> = {
  BAD_INDENT: "The line's indentation does not fit, or a bracket above is not closed.",
  MISSING_CHAR: "A bracket, a quote, a comma or a colon is missing here or above.",
  TAB_AS_INDENT: "Indent with spaces.",
  BAD_DQ_ESCAPE: "Within double quotes a backslash is written twice; single quotes take it as it is.",
  MULTILINE_IMPLICIT_KEY: "A colon is missing behind a key, or a quote above is not closed.",
};

/** How many collections are open. The document stands on the stack, too, and sometimes a scalar. */
function depthOf({ stack }: Parser): number {
  const last = stack.at(-1)?.type ?? "document";
  return stack.length - (last.endsWith("scalar") ? 2 : 1);
}

function spanOf({ range }: Node): Span {
  return { start: range?.[0] ?? 0, end: range?.[1] ?? 0 };
}

function sentence(message: string): string {
  const text = message.length > 160 ? `${message.slice(0, 160)}…` : message;
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}

/** The value at a path, or the nearest one above it. */
export function locatedAt(
  root: Located,
  path: readonly PathStep[],
): { readonly located: Located; readonly whole: boolean } {
  let located = root;
  for (const step of path) {
    const child = located.children.get(step);
    if (child === undefined) return { located, whole: false };
    located = child;
  }
  return { located, whole: true };
}
