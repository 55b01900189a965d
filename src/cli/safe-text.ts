/**
 * Text that hosts, services or other people wrote, made harmless for a terminal.
 *
 * A terminal obeys what it is shown: titles, colours, cursor moves, even answers typed back into the shell. So all
 * that steers it is taken out, and what hides or turns text is shown by its number.
 */

/** One line: no line breaks, no colours. For messages, names and table cells. */
export function safeLine(text: string): string {
  return shown(text.replaceAll(/\r\n|[\n\r\t\v\f]/g, " ").replaceAll(steering, "")).trimEnd();
}

/** The lines of a message; the first one can stand alone. */
export function safeLines(text: string): readonly [first: string, ...rest: string[]] {
  const [first = "", ...rest] = text.split("\n").map(safeLine);
  return [first, ...rest.filter((line) => line !== "")];
}

/** What a message says first; where there is no room for the rest. */
export function safeFirstLine(text: string): string {
  return safeLines(text)[0];
}

/** The output of a program, line breaks and tabs kept; colours only where they are wanted, and ended at each line's end. */
export function safeOutput(text: string, { colours }: { readonly colours: boolean }): string {
  return text
    .split(/\r?\n/)
    .map((line) => safeOutputLine(line, colours))
    .join("\n");
}

function safeOutputLine(line: string, colours: boolean): string {
  // What a progress bar drew last is what a reader of the screen would see.
  const last = line.slice(line.lastIndexOf("\r") + 1);
  let coloured = false;
  const safe = last.replaceAll(steering, (sequence) => {
    const kept = colours ? harmlessColour(sequence) : "";
    coloured ||= kept !== "";
    return kept;
  });
  return `${shown(safe)}${coloured ? "\u001B[0m" : ""}`;
}

/**
 * Escape sequences, the longest forms first: strings to the terminal (OSC, DCS, SOS, PM, APC) with their content, control
 * sequences (CSI), other escapes; each in its 7-bit and its 8-bit form. Whatever is cut off loses its beginning.
 */
const steering = new RegExp(
  [
    String.raw`(?:\u001B[\]PX^_]|[\u009D\u0090\u0098\u009E\u009F])[^\u0007\u001B\u009C]{0,4096}(?:\u0007|\u001B\\|\u009C)`,
    String.raw`(?:\u001B\[|\u009B)[0-?]{0,64}[ -/]{0,8}[@-~]`,
    String.raw`\u001B[ -/]{0,4}[0-~]`,
    String.raw`[\u001B\u0080-\u009F]`,
  ].join("|"),
  "g",
);

const colour = /^\u001B\[([0-9;:]{0,48})m$/;

/** A colour sequence without the parameter that makes text invisible; nothing for any other sequence. */
function harmlessColour(sequence: string): string {
  const parameters = colour.exec(sequence)?.[1];
  if (parameters === undefined) return "";
  const kept: string[] = [];
  const all = parameters.split(";");
  for (let at = 0; at < all.length; at += 1) {
    const parameter = all[at]!;
    if (parameter === "38" || parameter === "48" || parameter === "58") {
      const length = all[at + 1] === "5" ? 3 : all[at + 1] === "2" ? 5 : 1;
      kept.push(...all.slice(at, at + length));
      at += length - 1;
    } else if (Number(parameter) !== 8 || parameter === "") kept.push(parameter);
  }
  return kept.length === 0 ? "" : `\u001B[${kept.join(";")}m`;
}

/** Control characters go; what turns the reading direction or is invisible is shown by its number. */
function shown(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[\0-\u0008\u000B\u000C\u000E-\u001A\u001C-\u001F\u007F]/g, "")
    .replaceAll(hidden, (character) => `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}`);
}

const hidden =
  /[\u00AD\u061C\u180E\u200B\u200E\u200F\u2028-\u202E\u2060-\u2069\uFEFF\uFFF9-\uFFFB]|[\u{E0000}-\u{E007F}]/gu;
