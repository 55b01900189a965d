/** Golden journals: stories of whole deployments, with what had to be done next after each event. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";

import type { Recorded } from "../../src/core/deployment.ts";
import type { Move } from "../../src/core/move.ts";

export const goldenFolder = new URL("../../src/core/golden/", import.meta.url);

export interface GoldenJournal {
  /** One sentence that tells the story. */
  readonly story: string;
  readonly journal: readonly GoldenEvent[];
}

export interface GoldenEvent extends Recorded {
  /** The move after this event, at its time, as `inWords` says it. */
  readonly next: string;
}

export function goldenNames(): readonly string[] {
  return readdirSync(goldenFolder).flatMap((file) => (file.endsWith(".json") ? file.slice(0, -".json".length) : []));
}

export function readGolden(name: string): GoldenJournal {
  return JSON.parse(readFileSync(new URL(`${name}.json`, goldenFolder), "utf8")) as GoldenJournal;
}

/** One event a line, what comes next in front, so that the file reads from top to bottom. */
export function writeGolden(name: string, { story, journal }: GoldenJournal): void {
  const lines = journal.map(({ sequence, at, next, event }) => `    ${JSON.stringify({ sequence, at, next, event })}`);
  const text = `{\n  "story": ${JSON.stringify(story)},\n  "journal": [\n${lines.join(",\n")}\n  ]\n}\n`;
  writeFileSync(new URL(`${name}.json`, goldenFolder), text);
}

/** A move in one line. */
export function inWords(move: Move): string {
  switch (move.kind) {
    case "perform":
      return `${move.track}: ${move.step.kind} on ${move.hosts.join(", ")}`;
    case "begin-wait":
      return `${move.track}: begin the wait of step ${move.index}`;
    case "conclude":
      return `conclude ${move.judgement.verdict}: ${move.judgement.sentence}`;
    case "narrow":
      return `narrow step ${move.index}: ${move.reason}`;
    case "leave-behind":
      return `leave ${move.hosts.join(", ")} behind: ${move.message}`;
    case "plan-roll-back":
      return `plan the roll-back: ${move.reason}`;
    case "wait":
      return `wait for ${move.for}${move.until === undefined ? "" : `, until ${move.until}`}`;
    case "finish":
      return `finish as ${move.state}: ${move.message}${move.behind.length > 0 ? ` [${move.behind.join(", ")}]` : ""}`;
    default:
      return move.kind;
  }
}
