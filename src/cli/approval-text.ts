/** Requests for approval on a screen: one as a whole, or many as a list. */
import type { Client } from "../api/client.ts";
import type { Language } from "../core/language.ts";
import { terminalWords } from "../words/terminal.ts";
import { words } from "../words/words.ts";
import { safeLine } from "./safe-text.ts";
import type { Style } from "./style.ts";
import { paint, symbol } from "./style.ts";
import { cells, padEnd } from "./width.ts";

export type ApprovalView = Awaited<ReturnType<Client["approvals"]["find"]>>;

export interface Reader {
  readonly now: number;
  readonly language: Language;
  readonly style: Style;
}

/** What a person should see before deciding. */
export function approvalText(view: ApprovalView, reader: Reader): string {
  const { language, style } = reader;
  const spoken = terminalWords(language);
  const facts: readonly (readonly [name: string, value: string])[] = [
    [spoken.requestedBy, view.requestedBy],
    ...(view.pushedBy === null ? [] : [[spoken.pushedBy, view.pushedBy] as const]),
    ...(view.writtenBy.length === 0 ? [] : [[spoken.writtenBy, view.writtenBy.join(", ")] as const]),
    [spoken.rule, view.rule],
    ...(view.approvals.length === 0
      ? []
      : [[spoken.approvedBy, view.approvals.map(approvalWords).join(", ")] as const]),
    ...(view.ended === null ? [[spoken.asked, askedWords(view, reader)] as const] : []),
    view.ended === null ? [spoken.deadline, deadlineWords(view, reader)] : [spoken.ended, endWords(view, reader)],
    [spoken.digest, view.digest],
  ];
  const width = Math.max(...facts.map(([name]) => cells(name)));
  const lines = [
    paint("strong", titleOf(view, style), style),
    ...facts.map(([name, value]) => `  ${paint("quiet", padEnd(name, width), style)}  ${safeLine(value)}`),
    ...section(spoken.risk, riskWords(view, reader), style),
    ...section(spoken.plan, view.plan, style),
  ];
  return `${lines.join("\n")}\n`;
}

function section(title: string, lines: readonly string[], style: Style): readonly string[] {
  return lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${symbol("waiting", style)} ${safeLine(line)}`)];
}

/** `d-12  orders to production, release 42, 1a2b3c4d5e6f`. */
export function titleOf({ number, service, environment, release, revision }: ApprovalView, style: Style): string {
  const what = [
    ...(release === null ? [] : [`release ${release}`]),
    ...(revision === null ? [] : [safeLine(revision.slice(0, 12))]),
  ];
  return [`d-${number}  ${service}@${environment}`, ...what].join(` ${symbol("waiting", style)} `);
}

function approvalWords({ by, comment }: ApprovalView["approvals"][number]): string {
  return comment === null || comment === "" ? by : `${by} ("${comment}")`;
}

export function riskWords({ risk }: ApprovalView, { language }: Reader): readonly string[] {
  return risk.map((line) => words(language).risk(line));
}

/** `kim, lee (for park)`. */
export function askedWords({ asked, unfilled }: ApprovalView, { language }: Reader): string {
  const names = asked.map(({ login, for: whom }) => (whom === null ? login : `${login} (${whom})`));
  const who = names.length === 0 ? terminalWords(language).nobodyAsked : names.join(", ");
  return unfilled === null ? who : `${who}; ${unfilled}`;
}

export function deadlineWords({ deadline }: ApprovalView, { language, now }: Reader): string {
  const catalogue = words(language);
  const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  return `${catalogue.moment(deadline, zone)}, ${catalogue.timeLeft(deadline, now)}`;
}

export function endWords({ ended }: ApprovalView, { language }: Reader): string {
  if (ended === null) return "";
  const spoken = terminalWords(language);
  const what = spoken[ended.kind as "approved"] ?? ended.kind;
  const whole = ended.by.length === 0 ? what : spoken.by(what, ended.by.join(", "));
  return ended.reason === null ? whole : `${whole}: ${ended.reason}`;
}
