/** JSON from outside: bounded, in UTF-8, and with each key once. */
import { largestDelivery } from "../../ports/forge.ts";
import { Unreadable } from "./fields.ts";

const limits = { depth: 32, parts: 200_000 } as const;

/**
 * Reads the body of a delivery. Its objects may have any own key; none of them is ever merged into another object.
 *
 * @throws {Unreadable}
 */
export function readJson(body: Uint8Array): unknown {
  if (body.byteLength > largestDelivery) throw new Unreadable("the body is too large");
  const text = decode(body);
  scan(text);
  try {
    return JSON.parse(text);
  } catch {
    throw new Unreadable("the body is not JSON");
  }
}

function decode(body: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    throw new Unreadable("the body is not UTF-8");
  }
}

/** Looks at brackets, commas and keys only. What is not JSON may pass; the parser is asked next. */
function scan(text: string): void {
  /** The keys of each open object so far; nothing for an array. */
  const open: (Set<string> | undefined)[] = [];
  let parts = 0;
  let mayBeKey = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (character === '"') {
      const end = endOfString(text, at);
      if (mayBeKey) addKey(open.at(-1), text.slice(at, end + 1));
      mayBeKey = false;
      at = end;
    } else if (character === "{" || character === "[") {
      if (open.push(character === "{" ? new Set() : undefined) > limits.depth)
        throw new Unreadable("the body is nested too deeply");
      mayBeKey = character === "{";
    } else if (character === "}" || character === "]") open.pop();
    else if (character === ",") {
      if (++parts > limits.parts) throw new Unreadable("the body has too many parts");
      mayBeKey = open.at(-1) !== undefined;
    }
  }
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === '"') return at;
  }
  throw new Unreadable("the body is not JSON");
}

function addKey(keys: Set<string> | undefined, quoted: string): void {
  if (keys === undefined) return;
  const key = quoted.includes("\\") ? unescape(quoted) : quoted.slice(1, -1);
  if (keys.has(key)) throw new Unreadable("the body has a key twice");
  keys.add(key);
}

function unescape(quoted: string): string {
  try {
    return String(JSON.parse(quoted));
  } catch {
    throw new Unreadable("the body is not JSON");
  }
}
