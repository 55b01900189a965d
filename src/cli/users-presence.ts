/** When people are away, and who stands in. */
import type { Command } from "commander";
import { InvalidArgumentError, Option } from "commander";

import type { AmendmentRequest } from "../api/people-views.ts";
import { exitCodes } from "../core/exit-code.ts";
import type { Cli } from "./command.ts";
import { action, examples } from "./command.ts";
import type { Session } from "./session.ts";
import { answerAmended } from "./users-text.ts";
import { moment, seconds } from "./values.ts";

export function addPresenceCommands(users: Command, cli: Cli): void {
  const leaving = users
    .command("away")
    .description("note when somebody is away: they are not asked for approvals then")
    .argument("<login>", "of the person; each may do this for themselves")
    .addOption(new Option("--from <time>", "such as 2026-12-24 or '2026-12-24 12:00' (default: now)").argParser(coming))
    .addOption(
      new Option("--until <time>", "such as 2027-01-02, or how long: 3d").argParser(coming).makeOptionMandatory(),
    )
    .option("--stand-in <login>", "who is asked in their place")
    .action(action(cli, away));
  examples(
    leaving,
    ["signalbox users away lee --from 2026-12-24 --until 2027-01-02 --stand-in kim", "holidays"],
    ["signalbox users away lee --until 4h", "from now on"],
  );
  const returning = users
    .command("back")
    .description("forget absences: somebody is here again")
    .argument("<login>", "of the person")
    .action(action(cli, back));
  examples(returning, ["signalbox users back lee", "at once"]);
}

/** A moment by the clock here, or how long from now. */
function coming(text: string): number {
  const ahead = seconds(text);
  if (text !== "" && !Number.isNaN(ahead)) return Date.now() + ahead * 1000;
  try {
    return moment(text);
  } catch {
    throw new InvalidArgumentError("Write it as 2026-12-24, '2026-12-24 12:00', or how long from now: 3d.");
  }
}

interface AwayOptions {
  readonly from?: number;
  readonly until: number;
  readonly standIn?: string;
}

async function away(session: Session, { from, until, standIn }: AwayOptions, login: string): Promise<number> {
  const absence = { from: from ?? session.now(), until, standIn: standIn ?? null };
  return amend(session, login, { kind: "away", absence });
}

async function back(session: Session, _options: object, login: string): Promise<number> {
  return amend(session, login, { kind: "back" });
}

async function amend(session: Session, login: string, amendment: AmendmentRequest): Promise<number> {
  const { people } = await session.client();
  answerAmended(session, await people.amend(login, amendment));
  return exitCodes.done;
}
