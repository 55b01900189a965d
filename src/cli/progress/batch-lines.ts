/** One line for each batch, or fewer: what is done and what waits is folded when there is no room. */
import type { Style } from "../style.ts";
import { clockMinute, count, inSeconds, named } from "../words.ts";
import { badMarks } from "./hosts.ts";
import type { Line, Piece } from "./line.ts";
import { marked } from "./line.ts";
import type { Row, Soak } from "./rows.ts";
import { hostWords } from "./step-words.ts";

export function batchLines(rows: readonly Row[], now: number, room: number, style: Style): readonly Line[] {
  const asLines = (list: readonly Row[]): readonly Line[] => list.map((row) => rowLine(row, now, style));
  if (rows.length <= room) return asLines(rows);

  const done = rows.filter(({ state }) => state === "done");
  const waiting = rows.filter(({ state }) => state === "waiting");
  const active = rows.filter(({ state }) => state !== "done" && state !== "waiting");
  const folded = [...fold(done, "done", style), ...fold(waiting, "waiting", style)];
  const shown = active.slice(0, Math.max(1, room - folded.length - (active.length > room - folded.length ? 1 : 0)));
  const hidden = active.length - shown.length;
  return [
    ...fold(done, "done", style),
    ...asLines(shown),
    ...(hidden > 0 ? [[{ text: `  and ${hidden} more under way`, look: "quiet" as const }]] : []),
    ...fold(waiting, "waiting", style),
  ].slice(0, room);
}

/** `batch 1/12 to 4/12  31 hosts done`. */
function fold(rows: readonly Row[], word: "done" | "waiting", style: Style): readonly Line[] {
  const [first] = rows;
  const last = rows.at(-1);
  if (first === undefined || last === undefined) return [];
  const mark = markOf(word, style);
  const title =
    first === last ? first.title : `${first.title} to ${last.kind === "batch" ? last.title.split(" ")[1] : last.title}`;
  const hosts = new Set(rows.flatMap((row) => row.hosts.map(({ host }) => host))).size;
  return [[mark, ` ${title}  ${hosts === 0 ? "" : `${count(hosts, "host")} `}${word}`]];
}

function rowLine(row: Row, now: number, style: Style): Line {
  const names = row.hosts.map(({ host }) => hostWords(host));
  const who = names.length <= 3 ? named(names) : count(names.length, "host");
  return [markOf(row.state, style), ` ${row.title}  ${who === "" ? "" : `${who}  `}`, progressWords(row, now)];
}

function markOf(state: Row["state"], style: Style): Piece {
  switch (state) {
    case "done":
      return marked("good", "good", style);
    case "bad":
      return marked("bad", "bad", style);
    case "running":
      return marked("busy", "busy", style);
    case "soaking":
      return marked("soaking", "busy", style);
    case "waiting":
      return marked("waiting", "quiet", style);
  }
}

/** `until 14:32, 12 m left`. */
function soakWords({ kind, until, latest }: Soak, now: number): string {
  const left = inSeconds(until - now);
  const isLonger = now >= until && latest > until;
  switch (kind) {
    case "soak":
      return `soaks, ${left} left`;
    case "compare":
      if (now >= latest) return "not clear";
      return isLonger ? `not clear yet, ${inSeconds(latest - now)} left at most` : `is compared, ${left} left`;
    case "watch":
    case "warm":
      return `until ${clockMinute(until)}, ${left} left`;
  }
}

function progressWords({ hosts, state, soak }: Row, now: number): string {
  if (soak !== undefined) return soakWords(soak, now);
  const number = (mark: string): number => hosts.filter((host) => host.mark === mark).length;
  const bad = hosts.filter(({ mark }) => badMarks.has(mark) && mark !== "left behind");
  if (state === "waiting") return "waiting";
  if (state === "done" && number("left behind") === 0) return "done";
  if (hosts.length === 1) return hosts[0]!.mark;
  return [
    ...(number("done") > 0 ? [`${number("done")} done`] : []),
    ...(bad.length > 0
      ? [`${bad.length} ${bad.every(({ mark }) => mark === bad[0]!.mark) ? bad[0]!.mark : "in trouble"}`]
      : []),
    ...(number("left behind") > 0 ? [`${number("left behind")} left behind`] : []),
    ...(number("running") > 0 ? [`${number("running")} running`] : []),
    ...(number("waiting") > 0 ? [`${number("waiting")} waiting`] : []),
  ].join(", ");
}
