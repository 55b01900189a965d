/** A line of the screen: pieces of text with their looks, cut to the width before they are coloured. */
import type { Look, Style, SymbolName } from "../style.ts";
import { paint, symbol } from "../style.ts";
import { cells, cut } from "../width.ts";

export interface Piece {
  readonly text: string;
  readonly look?: Look;
}

export type Line = readonly (Piece | string)[];

export function render(line: Line, columns: number, style: Style): string {
  const ending = symbol("ellipsis", style);
  const pieces = line.map((piece) => (typeof piece === "string" ? { text: piece } : piece));
  let room = columns;
  let rendered = "";
  for (const [index, { text, look }] of pieces.entries()) {
    const rest = pieces.slice(index + 1).reduce((sum, piece) => sum + cells(piece.text), 0);
    const isCutHere =
      cells(text) > room || (rest > 0 && cells(text) + cells(ending) > room && cells(text) + rest > room);
    const shown = isCutHere ? cut(cells(text) > room ? text : `${text}${ending}`, room, ending) : text;
    rendered += look === undefined ? shown : paint(look, shown, style);
    room -= cells(shown);
    if (isCutHere || room <= 0) break;
  }
  return rendered.trimEnd();
}

export function marked(name: SymbolName, look: Look, style: Style): Piece {
  return { text: symbol(name, style), look };
}
