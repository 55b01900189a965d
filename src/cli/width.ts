/** Text in cells of a terminal. */

const wide =
  /[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uA960-\uA97C\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]|[\u{1F300}-\u{1FAFF}\u{20000}-\u{3FFFD}]/u;
const zero = /\p{Mn}|\p{Me}|\u200C|\u200D/u;
const plain = /^[ -~]*$/;

/** How many cells a text takes that has no colours in it. */
export function cells(text: string): number {
  if (plain.test(text)) return text.length;
  let count = 0;
  for (const character of text) count += cellsOf(character);
  return count;
}

function cellsOf(character: string): number {
  if (wide.test(character)) return 2;
  return zero.test(character) ? 0 : 1;
}

/** The text, cut so that it takes at most so many cells, with `ending` where something is missing. */
export function cut(text: string, columns: number, ending: string): string {
  if (cells(text) <= columns) return text;
  let room = columns - cells(ending);
  if (room < 0) return ending.slice(0, Math.max(0, columns));
  let kept = "";
  for (const character of text) {
    room -= cellsOf(character);
    if (room < 0) break;
    kept += character;
  }
  return `${kept}${ending}`;
}

export function padEnd(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - cells(text)));
}
