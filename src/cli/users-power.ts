/** What people may do, and whether they are here at all: some of it takes a second person. */
import type { Command } from "commander";
import { Argument } from "commander";

import type { AmendedView, AmendmentRequest } from "../api/people-views.ts";
import { exitCodes } from "../core/exit-code.ts";
import { rights } from "../core/permissions.ts";
import type { Right } from "../core/permissions.ts";
import type { Cli } from "./command.ts";
import { action, examples } from "./command.ts";
import { grantsOf, inOption } from "./grants-text.ts";
import type { Session } from "./session.ts";
import { Stopped } from "./stopped.ts";
import { answerAmended } from "./users-text.ts";

export function addPowerCommands(users: Command, cli: Cli): void {
  addRightCommands(users, cli);
  addGroupsCommand(users, cli);
  addAccountCommands(users, cli);
}

function addRightCommands(users: Command, cli: Cli): void {
  const right = new Argument("<right...>", "what they may do").choices(rights);
  const granting = users
    .command("grant")
    .description("let somebody do something; approve, break-glass and admin take a second person")
    .argument("<login>", "of the person")
    .addArgument(right)
    .addOption(inOption())
    .action(action(cli, changeRights("grant")));
  examples(
    granting,
    ["signalbox users grant lee view deploy --in dev stage", "at once"],
    ["signalbox users grant lee approve --in production", "proposed; another person confirms it"],
  );
  const revoking = users
    .command("revoke")
    .description("let somebody do something no longer, at once")
    .argument("<login>", "of the person")
    .addArgument(right)
    .addOption(inOption())
    .action(action(cli, changeRights("revoke")));
  examples(revoking, ["signalbox users revoke lee approve --in production", "exactly what was granted"]);
}

interface RightOptions {
  readonly in?: readonly string[];
}

function changeRights(kind: "grant" | "revoke") {
  return async (session: Session, options: RightOptions, login: string, wanted: readonly Right[]): Promise<number> =>
    amendEach(
      session,
      login,
      grantsOf(wanted, options.in).map((grant) => ({ kind, grant })),
    );
}

function addGroupsCommand(users: Command, cli: Cli): void {
  const groups = users
    .command("groups")
    .description("take somebody into groups, which takes a second person, or out of them")
    .argument("<login>", "of the person")
    .option("--join <group...>", "into these")
    .option("--leave <group...>", "out of these")
    .action(action(cli, changeGroups));
  examples(groups, ["signalbox users groups lee --join leads --leave dba", "joining is proposed"]);
}

interface GroupOptions {
  readonly join?: readonly string[];
  readonly leave?: readonly string[];
}

async function changeGroups(session: Session, { join = [], leave = [] }: GroupOptions, login: string): Promise<number> {
  if (join.length + leave.length === 0) {
    throw new Stopped("no group was named", { next: "signalbox users groups LOGIN --join GROUP, or --leave GROUP" });
  }
  return amendEach(session, login, [
    ...leave.map((group) => ({ kind: "leave" as const, group })),
    ...join.map((group) => ({ kind: "join" as const, group })),
  ]);
}

/** One after the other: what was done before one is refused stays done, and was said. */
async function amendEach(session: Session, login: string, amendments: readonly AmendmentRequest[]): Promise<number> {
  const { people } = await session.client();
  const done: AmendedView[] = [];
  try {
    for (const amendment of amendments) {
      const amended = await people.amend(login, amendment);
      done.push(amended);
      if (session.json === undefined) answerAmended(session, amended);
    }
  } finally {
    if (session.json !== undefined && done.length > 0) session.answer({ changes: done }, () => "");
  }
  return exitCodes.done;
}

function addAccountCommands(users: Command, cli: Cli): void {
  const account = (name: string, kind: "disable" | "enable" | "sign-in-code", description: string): Command =>
    users
      .command(name)
      .description(description)
      .argument("<login>", "of the person")
      .action(action(cli, async (session, _options: object, login: string) => amendEach(session, login, [{ kind }])));
  const disabling = account("disable", "disable", "sign somebody out everywhere, and let them do nothing any more");
  examples(disabling, ["signalbox users disable lee", "at once; their tokens are gone"]);
  const enabling = account("enable", "enable", "let somebody in again; who decides, takes a second person");
  examples(enabling, ["signalbox users enable lee", "with the rights from before"]);
  const code = account(
    "code",
    "sign-in-code",
    "make a code for a new password; for who decides, it takes a second person",
  );
  examples(code, ["signalbox users code lee", "lee has forgotten the password"]);
}
