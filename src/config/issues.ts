/** The schema's findings in the words of the configuration: where, what is wrong, and what was probably meant. */
import type { z } from "zod";

import type { Finding, PathStep } from "./problems.ts";
import { pathText } from "./problems.ts";
import type { ProblemCode } from "./problems.ts";
import { keysUnder, placesOf } from "./reference.ts";
import type { Reference } from "./reference.ts";
import { nearest } from "./suggest.ts";
import { looksSecret } from "./text.ts";
import type { Located } from "./yaml.ts";
import { locatedAt } from "./yaml.ts";

type Issue = z.core.$ZodIssue;

/** What the design names and this version does not have yet. */
const later = new Set(["freeze", "notify", "metrics"]);

/** Words of other programs for a key, by the key that it is here. */
const otherWords: Readonly<Record<string, { readonly under: readonly string[]; readonly hint: string }>> = {
  backend: {
    under: ["haproxy", "nginx"],
    hint: "It is name here: the backends are called <name>_blue and <name>_green.",
  },
  port: { under: ["haproxy", "nginx"], hint: "It is bind here; port is where the service itself listens." },
};

/** More are not worth a person's time, nor the server's. */
const mostIssues = 100;

export interface Given {
  readonly root: Located;
  readonly reference: Reference;
  readonly sourceOf: (located: Located) => string;
}

export function findingsOf(issues: readonly Issue[], given: Given, base: readonly PathStep[] = []): Finding[] {
  const odd = new Set(issues.filter(({ code }) => code === "unrecognized_keys").map(({ path }) => path.join("\0")));
  return issues.slice(0, mostIssues).flatMap((issue) => {
    // A misspelt key already says why the one that is needed is not there.
    if (issue.code === "custom" && odd.has(issue.path.join("\0"))) return [];
    const path = [...base, ...(issue.path as PathStep[])];
    const { located, whole } = locatedAt(given.root, path);
    // Refused by the reader already, with better words.
    if (whole && located.value === undefined) return [];
    return translated(issue, path, given, whole ? located : undefined);
  });
}

function translated(issue: Issue, path: readonly PathStep[], given: Given, located: Located | undefined): Finding[] {
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.slice(0, mostIssues).map((key) => unknownKey(key, path, given));
    case "invalid_key":
      return [{ code: "SB-CONFIG-NAME", path, at: "key", message: nameMessage(issue, path) }];
    case "invalid_union":
      return fromUnion(issue, path, given, located);
    case "invalid_type":
      return [located === undefined ? missing(path) : wrongType(issue, path, given, located)];
    case "invalid_value":
      return [located === undefined ? missing(path) : wrongChoice(issue.values.map(String), path, located)];
    default:
      return [wrongValue(issue, path, given)];
  }
}

function unknownKey(key: string, parent: readonly PathStep[], { reference }: Given): Finding {
  const path = [...parent, key];
  if (later.has(key)) return notYet(key, path, "key");
  const other = Object.hasOwn(otherWords, key) ? otherWords[key] : undefined;
  if (other?.under.includes(String(parent.at(-1))) === true) {
    const message = `There is no key ${key} in ${pathText(parent)}.`;
    return { code: "SB-CONFIG-KEY", path, at: "key", message, hint: other.hint };
  }
  const known = keysUnder(reference, parent);
  const guess = nearest(key, known);
  const elsewhere = guess === undefined ? placesOf(reference, key) : [];
  const where = parent.length === 0 ? "at the top of the file" : `in ${pathText(parent)}`;
  const hints = [
    ...(guess === undefined ? [] : [`Did you mean ${guess}?`]),
    ...(elsewhere.length > 0 ? [`It belongs under ${elsewhere.join(" or ")}.`] : []),
    ...(guess === undefined && elsewhere.length === 0 && known.length > 0 ? [`Known are: ${known.join(", ")}.`] : []),
  ];
  const hint = hints.length > 0 ? { hint: hints.join(" ") } : {};
  return { code: "SB-CONFIG-KEY", path, at: "key", message: `There is no key ${shown(key)} ${where}.`, ...hint };
}

function notYet(word: string, path: readonly PathStep[], at: "key" | "value"): Finding {
  const message = `${word} is not available yet; it comes with a later version.`;
  return { code: "SB-CONFIG-LATER", path, at, message, hint: "Leave it out for now." };
}

function nameMessage(issue: Extract<Issue, { code: "invalid_key" }>, path: readonly PathStep[]): string {
  const [first] = issue.issues;
  return `The name ${shown(String(path.at(-1)))} ${first?.message ?? "has the wrong form"}.`;
}

function missing(path: readonly PathStep[]): Finding {
  return { code: "SB-CONFIG-MISSING", path, at: "key", message: `${pathText(path)} is missing.` };
}

type TypeIssue = Extract<Issue, { code: "invalid_type" }>;

const typeWords: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a map of keys",
  record: "a map of keys",
  null: "empty",
};

function wordFor(value: unknown): string {
  if (value === null) return "empty";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "boolean") return String(value);
  return typeWords[typeof value] ?? "something else";
}

function wrongType(issue: TypeIssue, path: readonly PathStep[], given: Given, located: Located): Finding {
  const { value } = located;
  const own = issue.message.startsWith("Invalid input") ? undefined : issue.message;
  const needed = own ?? `must be ${typeWords[issue.expected] ?? issue.expected}, and is ${wordFor(value)}`;
  const name = path.length === 0 ? "The file" : pathText(path);
  const message = path.length === 0 && value === null ? "The file is empty." : `${name} ${needed}.`;
  const unit = own === undefined || typeof value !== "number" ? undefined : unitFor(own);
  const hint = unit === undefined ? typeHint(issue.expected, path, given, located) : `Did you mean ${value}${unit}?`;
  return { code: "SB-CONFIG-TYPE", path, message, ...(hint === undefined ? {} : { hint }) };
}

/** The unit that a bare number most likely lacks. */
function unitFor(needed: string): string | undefined {
  if (needed.includes("percentage")) return "%";
  if (!needed.includes("duration")) return undefined;
  return needed.includes("20ms") ? "ms" : "s";
}

function typeHint(expected: string, path: readonly PathStep[], given: Given, located: Located): string | undefined {
  const { value } = located;
  const source = given.sourceOf(located);
  const quotable = source.length <= 80 && !looksSecret(`${path.at(-1)}${source}`);
  if (expected === "string" && (typeof value === "number" || typeof value === "boolean")) {
    return quotable ? `Put it in quotes: "${source}".` : "Put it in quotes.";
  }
  if (expected === "array" && typeof value === "string") {
    const words = value.split(/\s+/).map((word) => JSON.stringify(word));
    return quotable ? `Write it as a list: [${words.join(", ")}].` : "Write it as a list.";
  }
  return undefined;
}

function wrongChoice(values: readonly string[], path: readonly PathStep[], located: Located): Finding {
  const given = located.value;
  if (typeof given === "string" && later.has(given)) return notYet(given, path, "value");
  const laterKey = [...located.children.keys()].find((key) => typeof key === "string" && later.has(key));
  if (laterKey !== undefined) return notYet(String(laterKey), [...path, laterKey], "key");
  const guess = typeof given === "string" ? nearest(given, values) : undefined;
  const message = `${pathText(path)} must be ${oneOf(values)}.`;
  return { code: "SB-CONFIG-VALUE", path, message, ...(guess === undefined ? {} : { hint: `Did you mean ${guess}?` }) };
}

function wrongValue(issue: Issue, path: readonly PathStep[], { reference }: Given): Finding {
  const custom = issue.code === "custom" ? (issue.params?.["code"] as ProblemCode | undefined) : undefined;
  const { words, hint } = plainWords(issue, reference, path);
  const code = custom ?? "SB-CONFIG-VALUE";
  return { code, path, message: `${pathText(path)} ${words}.`, ...(hint === undefined ? {} : { hint }) };
}

/** Core's own schemas speak for the machine; theirs is the only wording that has to be made here. */
function plainWords(
  issue: Issue,
  reference: Reference,
  path: readonly PathStep[],
): { words: string; hint?: string | undefined } {
  if (issue.code === "too_small" && issue.message.startsWith("Too small")) {
    if (issue.origin === "array") {
      return { words: `must have at least ${issue.minimum} ${Number(issue.minimum) === 1 ? "entry" : "entries"}` };
    }
    return { words: `must be ${issue.inclusive === true ? "at least" : "more than"} ${issue.minimum}` };
  }
  if (issue.code === "too_big" && issue.message.startsWith("Too big")) {
    return { words: `must be ${issue.inclusive === true ? "at most" : "less than"} ${issue.maximum}` };
  }
  if (issue.message.startsWith("Invalid"))
    return { words: "does not have the form it needs", hint: reference.at(path)?.description };
  const hint = issue.code === "custom" ? (issue.params?.["hint"] as string | undefined) : undefined;
  return { words: issue.message, hint };
}

type UnionIssue = Extract<Issue, { code: "invalid_union" }>;

/** The alternative that was meant is the one whose shape fits; when none does, all are named. */
function fromUnion(
  issue: UnionIssue,
  path: readonly PathStep[],
  given: Given,
  located: Located | undefined,
): Finding[] {
  const alternatives = issue.errors as readonly (readonly Issue[])[];
  const meant =
    closest(alternatives.filter((issues) => !issues.some(isWrongShape))) ??
    (typeof located?.value === "string" ? alternatives.find(([first]) => first?.code === "invalid_value") : undefined);
  if (meant !== undefined) return findingsOf(meant, given, path);
  if (located === undefined) return [missing(path)];
  const forms = [...new Set(alternatives.flatMap(([first]) => (first === undefined ? [] : [formOf(first)])))];
  const message = `${pathText(path)} must be ${oneOf(forms)}, and is ${wordFor(located.value)}.`;
  const list = alternatives.some(([first]) => first?.code === "invalid_type" && first.expected === "array");
  const hint = list ? typeHint("array", path, given, located) : undefined;
  return [{ code: "SB-CONFIG-TYPE", path, message, ...(hint === undefined ? {} : { hint }) }];
}

/** Of several that fit from outside, the one with the fewest findings, or the one that fits for longest. */
function closest(alternatives: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const fit = ([first]: readonly Issue[]): number => Number(first?.path[0] ?? 0) || 0;
  return alternatives.toSorted((left, right) => left.length - right.length || fit(right) - fit(left))[0];
}

function isWrongShape({ code, path }: Issue): boolean {
  return path.length === 0 && (code === "invalid_type" || code === "invalid_value");
}

function formOf(issue: Issue): string {
  if (issue.code === "invalid_value") return issue.values.join(", ");
  if (issue.code === "invalid_type") return typeWords[issue.expected] ?? issue.expected;
  return "in the form it needs";
}

export function oneOf(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

function shown(word: string): string {
  return word.length > 64 ? `${word.slice(0, 64)}…` : word;
}
