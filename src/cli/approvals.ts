/** `signalbox approvals report`: how the work of approving is shared, and how long the answers take. */
import { Option } from "commander";

import type { Client } from "../api/client.ts";
import { exitCodes } from "../core/exit-code.ts";
import type { Cli } from "./command.ts";
import { action, examples } from "./command.ts";
import { safeLine } from "./safe-text.ts";
import type { Session } from "./session.ts";
import type { Style } from "./style.ts";
import { table } from "./table.ts";
import { wholeNumber } from "./values.ts";
import { took } from "./words.ts";

export function addApprovalsCommand(cli: Cli): void {
  const approvals = cli.program.command("approvals").description("how the work of approving is shared");
  examples(approvals, ["signalbox approvals report", "the last 90 days"]);
  const reporting = approvals
    .command("report")
    .description("by person: how often asked, how often answered, how fast; and how even that is")
    .addOption(new Option("--days <number>", "how far back").argParser(wholeNumber).default(90))
    .action(action(cli, report));
  examples(reporting, ["signalbox approvals report --days 30", "the last 30 days"]);
}

async function report(session: Session, { days }: { readonly days: number }): Promise<number> {
  const answer = await (await session.client()).approvals.report(days);
  session.answer(answer, () => reportText(answer, session.style));
  return exitCodes.done;
}

type Report = Awaited<ReturnType<Client["approvals"]["report"]>>;

export function reportText({ people, mostByMean, mostByMeanPerDay }: Report, style: Style): string {
  if (people.length === 0) return "Nobody may approve anything yet, so nobody was asked.\n";
  const rows = people.map((one) => [
    safeLine(one.login),
    String(one.load),
    one.daysPresent.toFixed(0),
    // Of somebody who came today it says nothing.
    one.daysPresent < 1 ? "" : one.perDay.toFixed(2),
    String(one.approved),
    String(one.rejected),
    String(one.handedOver),
    String(one.unanswered),
    String(one.open),
    one.medianAnswerMilliseconds === undefined ? "" : took(one.medianAnswerMilliseconds),
    one.slowestTenthMilliseconds === undefined ? "" : took(one.slowestTenthMilliseconds),
  ]);
  const titles = [
    "WHO",
    "ASKED",
    "DAYS HERE",
    "PER DAY",
    "YES",
    "NO",
    "HANDED ON",
    "MISSED",
    "OPEN",
    "MEDIAN",
    "SLOWEST 10 %",
  ];
  return `${table(titles, rows, style)}${evenness(mostByMeanPerDay ?? mostByMean)}`;
}

function evenness(ratio: number | undefined): string {
  if (ratio === undefined) return "Nobody was asked in this time.\n";
  return `Whoever was asked most, per day of presence, was asked ${ratio.toFixed(2)} times as often as the mean (1.00 is even).\n`;
}
