/** The figures of all rows as one table, each beside the lower bound of its own work. */
import type { Row } from "../peers/peer.ts";
import type { Figures } from "./measure.ts";

export interface Measured {
  readonly hosts: number;
  readonly row: Pick<Row, "title" | "work" | "about">;
  readonly runs: number;
  readonly figures: Figures;
}

const heads = [
  "hosts",
  "row",
  "wall s",
  "×",
  "controller CPU s",
  "×",
  "ms a host",
  "hosts' CPU s",
  "×",
  "anonymous MB",
  "sessions a host",
  "connections a host",
  "KB up a host",
  "KB down a host",
] as const;

/** A table in Markdown. */
export function table(all: readonly Measured[]): string {
  const rows = all.map((one) => cells(one, floorOf(one, all)));
  const widths = heads.map((head, column) => Math.max(head.length, ...rows.map((row) => row[column]!.length)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => (column === 1 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join(" | ")} |`;
  const rule = `|${widths.map((width, column) => (column === 1 ? "-".repeat(width + 2) : `${"-".repeat(width + 1)}:`)).join("|")}|`;
  return [line(heads), rule, ...rows.map(line)].join("\n");
}

/** The first row of the same work on as many hosts. */
function floorOf({ hosts, row }: Measured, all: readonly Measured[]): Figures {
  return all.find((other) => other.hosts === hosts && other.row.work === row.work)!.figures;
}

function cells({ hosts, row, figures }: Measured, floor: Figures): string[] {
  const { wallSeconds, controllerSeconds, hostsSeconds, anonymousBytes, upBytes, downBytes } = figures;
  const times = (one: number, other: number): string => (one / other).toFixed(2);
  const each = (count: number, digits: number): string => (count / hosts).toFixed(digits);
  return [
    String(hosts),
    row.title,
    wallSeconds.toFixed(2),
    times(wallSeconds, floor.wallSeconds),
    controllerSeconds.toFixed(2),
    times(controllerSeconds, floor.controllerSeconds),
    each(controllerSeconds * 1000, 1),
    hostsSeconds.toFixed(1),
    times(hostsSeconds, floor.hostsSeconds),
    (anonymousBytes / 2 ** 20).toFixed(0),
    each(figures.sessions, 1),
    each(figures.connections, 1),
    each(upBytes / 1024, 0),
    each(downBytes / 1024, 0),
  ];
}
