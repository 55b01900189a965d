/** Problems as text for a terminal. Plain: whoever prints it decides about colours. */
import type { Place, Problem } from "./problems.ts";

export function explain(problems: readonly Problem[]): string {
  return problems.map(explainOne).join("\n\n");
}

function explainOne({ code, severity, path, message, hint, place }: Problem): string {
  const word = severity === "warning" ? "warning: " : "";
  const where =
    place === undefined ? (path === "" ? "" : `${path}: `) : `${place.file}:${place.line}:${place.column}  `;
  return [
    neutral(`${where}${word}${message}`),
    ...(place === undefined ? [] : excerpt(place)),
    `  ${hint === undefined ? "" : `${neutral(hint)}   `}${code}`,
  ].join("\n");
}

function excerpt({ line, text, from, width }: Place): string[] {
  const number = String(line).padStart(5);
  const before = columns(text.slice(0, from));
  const marked = Math.max(1, columns(text.slice(from, from + width)));
  return [`${number} | ${neutral(text)}`.trimEnd(), `      | ${" ".repeat(before)}${"^".repeat(marked)}`];
}

/** The closing line: how many of which. */
export function tally(problems: readonly Problem[]): string {
  const errors = problems.filter(({ severity }) => severity === "error").length;
  const warnings = problems.length - errors;
  const parts = [
    ...(errors > 0 ? [`${errors} ${errors === 1 ? "mistake" : "mistakes"}`] : []),
    ...(warnings > 0 ? [`${warnings} ${warnings === 1 ? "warning" : "warnings"}`] : []),
  ];
  return parts.join(", ");
}

/** One visible character for each that would steer the terminal or turn the reading direction. */
export function neutral(text: string): string {
  return text
    .replaceAll("\t", " ")
    .replaceAll(/[\0-\x1F\x7F-\x9F\u061C\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF]/g, "\uFFFD")
    .replaceAll(/[\uD800-\uDFFF]/gu, "\uFFFD");
}

const wide =
  /[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]|[\u{1F300}-\u{1FAFF}\u{20000}-\u{3FFFD}]/u;

/** How many cells of a terminal a text takes. */
function columns(text: string): number {
  let count = 0;
  for (const character of text) count += wide.test(character) ? 2 : /\p{Mn}/u.test(character) ? 0 : 1;
  return count;
}
