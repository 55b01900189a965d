/** `signalbox users`: who there is, what they may do, and what waits for a second person. */
import type { Command } from "commander";
import { Option } from "commander";

import { languages } from "../core/language.ts";
import type { Language } from "../core/language.ts";
import { exitCodes } from "../core/exit-code.ts";
import type { Cli } from "./command.ts";
import { action, examples } from "./command.ts";
import { grantsText } from "./grants-text.ts";
import type { Session } from "./session.ts";
import { addPowerCommands } from "./users-power.ts";
import { addPresenceCommands } from "./users-presence.ts";
import { contact, details } from "./users-details.ts";
import type { DetailOptions } from "./users-details.ts";
import { answerAmended, peopleTable, personText, proposalInWords, proposalsTable } from "./users-text.ts";
import { wholeNumber } from "./values.ts";

export function addUsersCommand(cli: Cli): void {
  const users = cli.program.command("users").description("people: who there is, what they may do, when they are away");
  examples(users, ["signalbox users list", "who there is, and what they may do"]);
  addLookCommands(users, cli);
  addAddCommand(users, cli);
  addSetCommand(users, cli);
  addPowerCommands(users, cli);
  addPresenceCommands(users, cli);
  addProposalCommands(users, cli);
}

function addLookCommands(users: Command, cli: Cli): void {
  const listing = users.command("list").description("who there is, and what they may do").action(action(cli, list));
  examples(listing, ["signalbox users list --json", "for a script"]);
  const showing = users
    .command("show")
    .description("one person, with contacts and absences")
    .argument("<login>", "of the person")
    .action(action(cli, show));
  examples(showing, ["signalbox users show kim", "all that is known of kim"]);
  const asking = users
    .command("me")
    .description("who you are for the server, and what you may do")
    .action(action(cli, me));
  examples(asking, ["signalbox users me", "by the socket, or by the token in SIGNALBOX_TOKEN"]);
}

function addAddCommand(users: Command, cli: Cli): void {
  const adding = withDetails(
    users.command("add").description("add somebody; prints a code with which they set a password"),
  )
    .argument("<login>", "for ever: nobody is renamed or removed")
    .option("--first-admin", "may administrate; on the server itself, while nobody does")
    .action(action(cli, add));
  examples(
    adding,
    ["signalbox users add kim --first-admin", "the first person of a new server"],
    ["signalbox users add lee --name 'Lee Moon' --contact mail:lee@example.com", "may do nothing yet"],
  );
}

function addSetCommand(users: Command, cli: Cli): void {
  const setting = withDetails(users.command("set").description("change what is known of somebody"))
    .argument("<login>", "of the person")
    .addOption(new Option("--most-open <number>", "asked for approvals only up to so many").argParser(wholeNumber))
    .addOption(new Option("--most-a-day <number>", "the same, in a day").argParser(wholeNumber))
    .action(action(cli, set));
  examples(
    setting,
    ["signalbox users set lee --contact slack:U024BE7LH mail:lee@example.com", "the first one first"],
    ["signalbox users set lee --commit-mail lee@example.com", "whose commits lee may not approve"],
  );
}

function withDetails(command: Command): Command {
  return command
    .option("--name <name>", "as people say it")
    .addOption(new Option("--language <language>", "of messages and pages").choices(languages))
    .addOption(
      new Option("--contact <channel:address...>", "how to reach them, the first one first").argParser(contact),
    )
    .option("--commit-mail <address...>", "the mail addresses in their commits");
}

function addProposalCommands(users: Command, cli: Cli): void {
  const listing = users
    .command("proposals")
    .description("what waits for a second person")
    .action(action(cli, proposals));
  examples(listing, ["signalbox users proposals", "what others proposed"]);
  const confirming = users
    .command("confirm")
    .description("let take effect what somebody else proposed")
    .argument("<proposal>", "as it is listed")
    .action(action(cli, confirm));
  examples(confirming, ["signalbox users confirm 3fa9c01b7d", "by another person than the one who proposed it"]);
  const withdrawing = users
    .command("withdraw")
    .description("take a proposal back")
    .argument("<proposal>", "as it is listed")
    .action(action(cli, withdraw));
  examples(withdrawing, ["signalbox users withdraw 3fa9c01b7d", "nothing changes"]);
}

async function list(session: Session): Promise<number> {
  const people = await (await session.client()).people.list();
  session.answer({ people }, () => peopleTable(people, session.now(), session));
  return exitCodes.done;
}

async function show(session: Session, _options: object, login: string): Promise<number> {
  const person = await (await session.client()).people.find(login);
  session.answer(person, () => personText(person));
  return exitCodes.done;
}

async function me(session: Session): Promise<number> {
  const found = await (await session.client()).people.me();
  session.answer(found, () => {
    const who = found.login === null ? `${found.name}, who is no person` : found.login;
    return `${who}, by ${found.via === "session" ? "signing in" : `the ${found.via}`}: ${found.grants.length === 0 ? "may do nothing" : `may ${grantsText(found.grants)}`}\n`;
  });
  return exitCodes.done;
}

type AddOptions = DetailOptions & { readonly language?: Language; readonly firstAdmin?: boolean };

async function add(session: Session, options: AddOptions, login: string): Promise<number> {
  const { people } = await session.client();
  const request = { login, details: details(options), firstAdmin: options.firstAdmin === true };
  answerAmended(session, await people.add(request));
  return exitCodes.done;
}

async function set(session: Session, options: DetailOptions, login: string): Promise<number> {
  const { people } = await session.client();
  answerAmended(session, await people.amend(login, { kind: "set", details: details(options) }));
  return exitCodes.done;
}

async function proposals(session: Session): Promise<number> {
  const found = await (await session.client()).people.proposals();
  session.answer({ proposals: found }, () => proposalsTable(found, session));
  return exitCodes.done;
}

async function confirm(session: Session, _options: object, id: string): Promise<number> {
  answerAmended(session, await (await session.client()).people.confirm(id));
  return exitCodes.done;
}

async function withdraw(session: Session, _options: object, id: string): Promise<number> {
  const proposal = await (await session.client()).people.withdraw(id);
  session.answer({ withdrawn: proposal }, () =>
    session.mark("good", "good", `Withdrawn: ${proposalInWords(proposal)}.\n`),
  );
  return exitCodes.done;
}
