/**
 * References to secrets within values: `postgres://app:${secret:ORDERS_DB}@db/orders`.
 *
 * `$${` stands for `${` itself. With more dollars in front of a brace, two of them stand for one: `$$${secret:A}` is
 * a dollar and then the secret. Any other `${...}` means nothing here and stays as it is.
 *
 * No message quotes what stands in a value: somebody may have written the secret itself there.
 */

/** What a secret may be called. It becomes a file name and an argument of programs, so it stays this narrow. */
export const secretNamePattern = /^[A-Za-z_][A-Za-z0-9_.-]{0,126}$/;

export const secretNameRule = "letters, digits, _ . and -, beginning with a letter or _, at most 127 of them";

export type ValuePart =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "secret"; readonly name: string; readonly at: number };

/** Something that was meant as a reference and is none. */
export interface ReferenceProblem {
  /** Where it begins in the value; 0 is the first character. */
  readonly at: number;
  readonly message: string;
}

export interface ReadValue {
  readonly parts: readonly ValuePart[];
  readonly problems: readonly ReferenceProblem[];
}

/** A reference can't be read or followed. The message says in which value and where, never what stands there. */
export class SecretReferenceRefused extends Error {
  override readonly name = "SecretReferenceRefused";
}

const nearReference = /^\s*secrets?\s*:/i;
/** Enough to recognise what somebody meant. */
const nearLength = 16;
const notWritten = "a reference to a secret is written ${secret:NAME}, exactly so; for the text itself, double the $";

/** Takes a value apart. Every problem is found in one pass; what has one stays as text. */
export function readReferences(value: string): ReadValue {
  const parts: ValuePart[] = [];
  const problems: ReferenceProblem[] = [];
  let text = "";
  let done = 0;
  for (let brace = value.indexOf("{"); brace !== -1; brace = value.indexOf("{", brace + 1)) {
    if (brace < done) continue;
    const dollars = dollarsBefore(value, brace, done);
    if (dollars === 0) continue;
    const begin = brace - 1;
    text += value.slice(done, brace - dollars) + "$".repeat(Math.floor(dollars / 2));
    done = dollars % 2 === 0 ? brace : begin;
    if (dollars % 2 === 0) continue;

    const found = referenceAt(value, begin);
    if (found === undefined) continue;
    if ("message" in found) {
      problems.push(found);
      continue;
    }
    if (text !== "") parts.push({ kind: "text", text });
    text = "";
    parts.push({ kind: "secret", name: found.name, at: begin });
    done = found.end;
  }
  text += value.slice(done);
  if (text !== "") parts.push({ kind: "text", text });
  return { parts, problems };
}

function dollarsBefore(value: string, brace: number, done: number): number {
  let first = brace;
  while (first > done && value[first - 1] === "$") first -= 1;
  return brace - first;
}

/** The reference that begins with the dollar at this place, what is wrong with it, or nothing when none is meant. */
function referenceAt(
  value: string,
  at: number,
): { readonly name: string; readonly end: number } | ReferenceProblem | undefined {
  const prefix = "${secret:";
  if (!value.startsWith(prefix, at)) {
    const isNear = nearReference.test(value.slice(at + 2, at + 2 + nearLength));
    return isNear ? { at, message: notWritten } : undefined;
  }
  const end = value.indexOf("}", at);
  if (end === -1) return { at, message: "the reference to a secret is not closed with }" };
  const name = value.slice(at + prefix.length, end);
  if (!secretNamePattern.test(name)) return { at, message: `the name of a secret is ${secretNameRule}` };
  return { name, end: end + 1 };
}

/** A text that is read as itself, whatever stands in it. */
export function escapeReferences(text: string): string {
  let escaped = "";
  let done = 0;
  for (let brace = text.indexOf("{"); brace !== -1; brace = text.indexOf("{", brace + 1)) {
    const dollars = dollarsBefore(text, brace, done);
    escaped += text.slice(done, brace) + "$".repeat(dollars);
    done = brace;
  }
  return escaped + text.slice(done);
}

/** The names of the secrets in these values, each once, in alphabetical order. Problems are the reader's to report. */
export function secretNamesIn(values: Iterable<string>): readonly string[] {
  const names = new Set<string>();
  for (const value of values) {
    for (const part of readReferences(value).parts) if (part.kind === "secret") names.add(part.name);
  }
  return [...names].toSorted();
}

/**
 * The value with every reference replaced. What a secret holds is not read again: it may look like a reference.
 *
 * @param place what the value is called in messages, such as `environment.DB_PASSWORD`
 * @throws {SecretReferenceRefused} with all problems of the value, and all names that `secrets` does not have
 */
export function replaceReferences(value: string, secrets: ReadonlyMap<string, string>, place: string): string {
  const { parts, problems } = readReferences(value);
  const missing = parts.flatMap((part) =>
    part.kind === "secret" && !secrets.has(part.name)
      ? [{ at: part.at, message: `there is no value for the secret ${part.name}` }]
      : [],
  );
  const all = [...problems, ...missing].toSorted((a, b) => a.at - b.at);
  if (all.length > 0) {
    const said = all.map(({ at, message }) => `${place}, character ${at + 1}: ${message}.`);
    throw new SecretReferenceRefused(said.join("\n"));
  }
  return parts.map((part) => (part.kind === "text" ? part.text : secrets.get(part.name)!)).join("");
}
