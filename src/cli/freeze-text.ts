/** Freezes on a screen. */
import type { Client } from "../api/client.ts";
import type { FreezeWindow, Scope } from "../core/freeze.ts";
import { scopeInWords, whenInWords } from "../core/freeze-text.ts";
import { safeLine } from "./safe-text.ts";
import type { Style } from "./style.ts";
import type { Cell } from "./table.ts";
import { table } from "./table.ts";
import { dateTime } from "./words.ts";

type Freezes = Awaited<ReturnType<Client["freezes"]["list"]>>;

export function freezesText({ windows, exceptions }: Freezes, now: number, style: Style): string {
  if (windows.length === 0) return "Nothing is frozen, now or later. signalbox freeze add makes a window.\n";
  const rows = windows.map(({ window, holds, madeBy }): (Cell | string)[] => [
    window.name,
    scopeInWords(window as Scope),
    whenInWords(window as FreezeWindow),
    holds ? { text: "frozen now", look: "warn" } : stateOf(window, now),
    safeLine(window.reason),
    safeLine(madeBy),
  ]);
  const text = table(["NAME", "WHAT", "WHEN", "", "WHY", "BY"], rows, style);
  const open = exceptions.filter(({ until }) => until > now);
  if (open.length === 0) return text;
  const lifted = open.map((one): (Cell | string)[] => [
    one.id,
    one.window,
    scopeInWords(one as Scope),
    `${dateTime(one.from)} to ${dateTime(one.until)}`,
    one.confirmedBy === null
      ? { text: `asked by ${safeLine(one.askedBy)}, waits for another person`, look: "warn" }
      : { text: `${safeLine(one.askedBy)} and ${safeLine(one.confirmedBy)}`, look: "good" },
    safeLine(one.reason),
  ]);
  return `${text}\n${table(["EXCEPTION", "FROM", "WHAT", "WHEN", "BY", "WHY"], lifted, style)}`;
}

function stateOf({ when }: Freezes["windows"][number]["window"], now: number): Cell | string {
  return when.kind === "once" && when.until <= now ? { text: "over", look: "quiet" } : "";
}
