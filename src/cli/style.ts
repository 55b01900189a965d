/** How things look on one output: symbols and words always, colour only on top. */
import { styleText } from "node:util";

import type { Output, Shell } from "./shell.ts";

export type Look = "good" | "bad" | "warn" | "busy" | "quiet" | "strong";

export interface Style {
  readonly colour: boolean;
  readonly unicode: boolean;
}

const formats = { good: "green", bad: "red", warn: "yellow", busy: "cyan", quiet: "dim", strong: "bold" } as const;

export function styleOf(
  output: Output,
  env: Shell["env"],
  { colour = true }: { readonly colour?: boolean } = {},
): Style {
  return { colour: colour && wantsColour(output, env), unicode: isUnicode(env) };
}

/** NO_COLOR is the stronger wish; FORCE_COLOR is for pipes that understand colours, as in CI. */
function wantsColour(output: Output, { NO_COLOR, FORCE_COLOR, TERM }: Shell["env"]): boolean {
  if (NO_COLOR !== undefined && NO_COLOR !== "") return false;
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== "0" && FORCE_COLOR !== "false";
  return output.isTerminal && TERM !== "dumb";
}

function isUnicode({ LC_ALL, LC_CTYPE, LANG }: Shell["env"]): boolean {
  const locale = [LC_ALL, LC_CTYPE, LANG].find((value) => value !== undefined && value !== "") ?? "";
  return /utf-?8/i.test(locale);
}

export function paint(look: Look, text: string, { colour }: Style): string {
  return colour && text !== "" ? styleText(formats[look], text, { validateStream: false }) : text;
}

const symbols = {
  good: ["✔", "+"],
  bad: ["✖", "x"],
  warn: ["▲", "!"],
  busy: ["▸", ">"],
  waiting: ["·", "."],
  soaking: ["◷", "~"],
  paused: ["‖", "="],
  unknown: ["?", "?"],
  back: ["↩", "<"],
  arrow: ["→", "->"],
  ellipsis: ["…", "..."],
  full: ["█", "#"],
  empty: ["░", "-"],
} as const;

export type SymbolName = keyof typeof symbols;

export function symbol(name: SymbolName, { unicode }: Style): string {
  return symbols[name][unicode ? 0 : 1];
}
