/** Columns under their titles. */
import type { Look, Style } from "./style.ts";
import { paint } from "./style.ts";
import { cells, padEnd } from "./width.ts";

export interface Cell {
  readonly text: string;
  readonly look?: Look;
}

export function table(titles: readonly string[], rows: readonly (readonly (Cell | string)[])[], style: Style): string {
  const asCells = rows.map((row) => row.map((cell) => (typeof cell === "string" ? { text: cell } : cell)));
  const widths = titles.map((title, column) =>
    Math.max(cells(title), ...asCells.map((row) => cells(row[column]?.text ?? ""))),
  );
  const line = (row: readonly Cell[]): string =>
    row
      .map(({ text, look }, column) => {
        const isLast = column === row.length - 1;
        const space = isLast ? "" : padEnd(text, widths[column]!).slice(text.length);
        return `${look === undefined ? text : paint(look, text, style)}${space}`;
      })
      .join("  ")
      .trimEnd();
  return [line(titles.map((text) => ({ text, look: "quiet" as const }))), ...asCells.map(line)]
    .map((text) => `${text}\n`)
    .join("");
}
