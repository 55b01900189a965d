/** The figures of all rows as one table, each beside the lower bound of its own work. */
import type { Row } from "../peers/peer.ts";
import { markdownTable } from "./markdown.ts";
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
  return markdownTable(heads, rows, [1]);
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
