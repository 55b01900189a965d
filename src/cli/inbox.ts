/** `signalbox inbox`: what waits for a decision. */
import { exitCodes } from "../core/exit-code.ts";
import { terminalWords } from "../words/terminal.ts";
import { words } from "../words/words.ts";
import type { ApprovalView, Reader } from "./approval-text.ts";
import { askedWords, endWords, riskWords, titleOf } from "./approval-text.ts";
import type { Cli } from "./command.ts";
import { action, examples } from "./command.ts";
import { readerOf } from "./decide.ts";
import { safeLine } from "./safe-text.ts";
import type { Session } from "./session.ts";
import { paint } from "./style.ts";

export function addInboxCommand(cli: Cli): void {
  const command = cli.program
    .command("inbox")
    .description("show what waits for your decision, with the time left and what to know")
    .option("-a, --all", "also what waits for others")
    .action(action(cli, inbox));
  examples(
    command,
    ["signalbox inbox", "what waits for you, and open reviews"],
    ["signalbox inbox --all", "also what waits for others"],
  );
}

async function inbox(session: Session, { all = false }: { readonly all?: boolean }): Promise<number> {
  const { approvals } = await session.client();
  const [open, reviews] = await Promise.all([approvals.list({ open: true }), approvals.list({ review: true })]);
  const mine = open.filter(({ isMine }) => isMine);
  const others = all ? open.filter(({ isMine }) => !isMine) : [];
  session.answer({ mine, others, reviews }, () => inboxText({ mine, others, reviews, all }, readerOf(session)));
  return exitCodes.done;
}

interface Shown {
  readonly mine: readonly ApprovalView[];
  readonly others: readonly ApprovalView[];
  readonly reviews: readonly ApprovalView[];
  readonly all: boolean;
}

export function inboxText({ mine, others, reviews, all }: Shown, reader: Reader): string {
  const spoken = terminalWords(reader.language);
  const parts = [
    ...part(
      spoken.forYou,
      mine.map((view) => openWords(view, reader)),
      reader,
    ),
    ...part(
      spoken.forOthers,
      others.map((view) => openWords(view, reader)),
      reader,
    ),
    ...part(
      spoken.reviews,
      reviews.map((view) => reviewWords(view, reader)),
      reader,
    ),
  ];
  const nothing = mine.length + others.length > 0 ? [] : [all ? spoken.nothingAtAll : spoken.nothingForYou];
  return `${[...nothing, ...parts].join("\n")}\n`;
}

function part(title: string, entries: readonly (readonly string[])[], { style }: Reader): readonly string[] {
  return entries.length === 0 ? [] : [paint("strong", title, style), ...entries.flat().map((line) => `  ${line}`)];
}

function openWords(view: ApprovalView, reader: Reader): readonly string[] {
  const spoken = terminalWords(reader.language);
  const left = words(reader.language).timeLeft(view.deadline, reader.now);
  const isUrgent = view.deadline - reader.now < 30 * 60_000;
  return [
    `${titleOf(view, reader.style)}  ${paint(isUrgent ? "warn" : "busy", left, reader.style)}`,
    `  ${spoken.requestedBy}: ${safeLine(view.requestedBy)}; ${spoken.asked}: ${safeLine(askedWords(view, reader))}`,
    ...riskWords(view, reader).map((line) => `  ${safeLine(line)}`),
    ...(view.isMine ? [paint("quiet", `  signalbox approve d-${view.number}`, reader.style)] : []),
  ];
}

function reviewWords(view: ApprovalView, reader: Reader): readonly string[] {
  return [
    `${titleOf(view, reader.style)}  ${safeLine(endWords(view, reader))}`,
    paint("quiet", `  signalbox review d-${view.number} --note "..."`, reader.style),
  ];
}
