/**
 * A deployment on a terminal: a pure function from what is known to at most as many lines as there are rows.
 *
 * What needs a person comes first: the verdict so far, the hosts that failed, then the batches, then who is slow. All
 * that has no room is counted, so that a hundred hosts read as well as four.
 */
import type { Deployment } from "../../core/deployment.ts";
import { targetOf } from "../../core/deployment.ts";
import { safeFirstLine, safeLine } from "../safe-text.ts";
import type { Style } from "../style.ts";
import { symbol } from "../style.ts";
import { inSeconds, named, stateMark, stateWord } from "../words.ts";
import { batchLines } from "./batch-lines.ts";
import type { HostState } from "./hosts.ts";
import { badMarks } from "./hosts.ts";
import type { Line } from "./line.ts";
import { marked, render } from "./line.ts";
import type { Row } from "./rows.ts";
import { rowsOf, trackOf } from "./rows.ts";
import { candidate, hostWords, stepWords } from "./step-words.ts";
import { trafficLines } from "./traffic-lines.ts";
import type { TrafficSeen } from "./traffic.ts";

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export interface Seen {
  readonly deployment: Deployment;
  /** How people call it: `d-12`. */
  readonly title: string;
  /** Missing: nobody looked at the traffic. */
  readonly traffic?: TrafficSeen;
  /** What it waits for before its rollout. */
  readonly waits?: string;
}

const mostSlowHosts = 5;

export function screen(
  { deployment, title, traffic, waits }: Seen,
  now: number,
  size: Size,
  style: Style,
): readonly string[] {
  const rows = rowsOf(deployment);
  // The last row of the terminal stays free for the cursor.
  const room = Math.max(1, size.rows - 1);
  const top: Line[] = [
    header(deployment, title, now, style),
    bar(deployment, rows, size, style),
    ...(waits === undefined || room < 3 ? [] : [[marked("soaking", "warn", style), ` ${waits}`]]),
    ...(traffic === undefined || room < 4 ? [] : trafficLines(deployment, traffic, { title, now }, style)),
  ];
  const left = room - top.length;

  const bad = badHosts(deployment, rows);
  const failing = failingLines(bad, Math.max(1, Math.floor(left / 2)), style);
  const batches = batchLines(rows, now, Math.max(1, left - failing.length - 1), style);
  const slowRoom = Math.min(mostSlowHosts, left - failing.length - batches.length);
  const slow = slowLines(deployment, rows, now, slowRoom);
  return [...top, ...failing, ...batches, ...slow]
    .slice(0, room)
    .map((line) => render(line, Math.max(10, size.columns - 1), style));
}

function header(deployment: Deployment, title: string, now: number, style: Style): Line {
  const { request, requestedAt, finished, state, paused, revision } = deployment;
  const { symbol: name, look } = stateMark(state);
  const commit = revision === undefined || deployment.release === undefined ? "" : ` (${revision.slice(0, 7)})`;
  const strategy = deployment.prepare === undefined ? "" : `  ${targetOf(deployment).strategy.kind}`;
  const by = paused === undefined || finished !== undefined ? "" : ` by ${safeLine(paused.by)}`;
  const pauses =
    by !== "" && state !== "paused" ? `${stateWord(state)}, to be paused${by}` : `${stateWord(state)}${by}`;
  return [
    marked(name, look, style),
    " ",
    { text: `${request.service}@${request.environment}`, look: "strong" },
    ` ${symbol("arrow", style)} ${candidate(deployment)}${commit}  `,
    { text: pauses, look },
    `  ${inSeconds((finished?.at ?? now) - requestedAt)}`,
    { text: `  ${title}${strategy}`, look: "quiet" },
  ];
}

/** How many are done of how many: hosts in a rollout, steps on hosts while it is prepared. */
function bar(deployment: Deployment, rows: readonly Row[], { columns }: Size, style: Style): Line {
  const counted = rows.some(({ kind }) => kind === "batch") ? rows.filter(({ kind }) => kind === "batch") : rows;
  const hosts = counted.flatMap((row) => row.hosts);
  if (hosts.length === 0) return [{ text: "waiting for its plan", look: "quiet" }];
  const number = (...marks: readonly HostState["mark"][]): number =>
    hosts.filter(({ mark }) => marks.includes(mark)).length;
  const done = number("done");
  const bad = hosts.filter(({ mark }) => badMarks.has(mark) && mark !== "left behind").length;
  const width = Math.max(8, Math.min(40, Math.floor(columns / 4)));
  const full = Math.floor((done / hosts.length) * width);
  const unit = counted[0]?.kind === "batch" ? "hosts" : "steps";
  const isBack = deployment.rollBack !== undefined;
  const parts = [
    ["failed", number("failed", "reverted", "broken")],
    ["unknown", number("unknown")],
    ["unreachable", number("unreachable")],
    ["left behind", number("left behind")],
    ["running", number("running")],
    ["waiting", number("waiting")],
  ] as const;
  return [
    { text: symbol("full", style).repeat(full), look: bad > 0 ? "bad" : isBack ? "warn" : "good" },
    { text: symbol("empty", style).repeat(width - full), look: "quiet" },
    ` ${done}/${hosts.length} ${unit} ${isBack ? "brought back" : "done"}`,
    ...parts.flatMap(([word, amount]): Line => {
      if (amount === 0) return [];
      const text = `, ${amount} ${word}`;
      return word === "running" || word === "waiting" ? [text] : [{ text, look: "bad" as const }];
    }),
  ];
}

/** Hosts with something wrong; of a deployment that is rolled back also those that made it so. */
function badHosts(deployment: Deployment, rows: readonly Row[]): readonly (HostState & { readonly words: string })[] {
  const now = onePerHost(rows.flatMap((row) => row.hosts).filter(({ mark }) => badMarks.has(mark)));
  const track = trackOf(deployment);
  const here = now.map((state) => ({
    ...state,
    words: state.step === undefined ? "" : stepWords(deployment, track, state.step),
  }));
  if (track !== "roll-back") return here;
  const cause = [...deployment.progress.rollout].flatMap(([step, hosts]) =>
    [...hosts].flatMap(([host, { outcome }]) =>
      outcome === undefined || outcome.kind === "done"
        ? []
        : [{ host, mark: outcome.kind, message: outcome.message, words: stepWords(deployment, "rollout", step) }],
    ),
  );
  return [...here, ...cause.filter(({ host }) => here.every((state) => state.host !== host))];
}

/** A host that is left behind stands in several rows; the first one that says why is enough. */
function onePerHost(states: readonly HostState[]): readonly HostState[] {
  const told = new Map<string, HostState>();
  for (const state of states) {
    if ((told.get(state.host)?.message ?? "") === "") told.set(state.host, state);
  }
  return [...told.values()];
}

function failingLines(
  bad: readonly (HostState & { readonly words: string })[],
  room: number,
  style: Style,
): readonly Line[] {
  const most = bad.length > room ? room - 1 : room;
  const rest = bad.slice(most);
  return [
    ...bad.slice(0, most).map(({ host, mark, words, message }): Line => {
      const isUnsure = mark === "unknown" || mark === "unreachable" || mark === "left behind";
      return [
        marked(isUnsure ? "unknown" : "bad", isUnsure ? "warn" : "bad", style),
        " ",
        { text: hostWords(host), look: "strong" },
        `  ${words === "" ? "" : `${words} `}${mark}${message === undefined ? "" : `: ${safeFirstLine(message)}`}`,
      ];
    }),
    ...(rest.length === 0
      ? []
      : [
          [
            marked("bad", "bad", style),
            ` and ${rest.length} more: ${named(
              rest.map(({ host }) => hostWords(host)),
              8,
            )}`,
          ],
        ]),
  ];
}

/** Who everybody waits for. */
function slowLines(deployment: Deployment, rows: readonly Row[], now: number, room: number): readonly Line[] {
  const running = rows
    .flatMap((row) => row.hosts)
    .filter(({ mark }) => mark === "running")
    .toSorted((a, b) => (a.since ?? now) - (b.since ?? now));
  if (running.length === 0 || room < 1) return [];
  const shown = running.slice(0, running.length > room ? Math.max(1, room - 1) : room);
  const rest = running.length - shown.length;
  const track = trackOf(deployment);
  return [
    ...shown.map(({ host, step, since }): Line => [
      `  ${hostWords(host)}  ${step === undefined ? "" : stepWords(deployment, track, step)}, ${inSeconds(now - (since ?? now))}`,
    ]),
    ...(rest > 0 && room > 1 ? [[{ text: `  and ${rest} more running`, look: "quiet" as const }]] : []),
  ];
}
