/** `signalbox freeze`: times in which nothing is deployed, and exceptions that two people stand for. */
import type { Command } from "commander";
import { InvalidArgumentError, Option } from "commander";

import type { Client } from "../api/client.ts";
import { exitCodes } from "../core/exit-code.ts";
import type { FreezeTime } from "../core/freeze-text.ts";
import { freezeTime, whenBetween } from "../core/freeze-text.ts";
import type { Cli } from "./command.ts";
import { action, examples } from "./command.ts";
import { freezesText } from "./freeze-text.ts";
import type { Session } from "./session.ts";
import { Stopped } from "./stopped.ts";
import { duration, seconds } from "./values.ts";
import { dateTime } from "./words.ts";

export function addFreezeCommand(cli: Cli): void {
  const freeze = cli.program
    .command("freeze")
    .description("times in which nothing is deployed, and exceptions from them");
  examples(freeze, ["signalbox freeze list", "what is frozen now and later"]);
  const listing = freeze.command("list").description("list windows and exceptions").action(action(cli, list));
  examples(listing, ["signalbox freeze list", "what is frozen now and later"]);
  addAddCommand(freeze, cli);
  const removing = freeze
    .command("remove")
    .description("remove a window with its exceptions; what waited for its end goes on")
    .argument("<name>", "as it was made")
    .action(action(cli, remove));
  examples(removing, ["signalbox freeze remove sale", "at once"]);
  addExceptCommand(freeze, cli);
}

function addAddCommand(freeze: Command, cli: Cli): void {
  const adding = freeze
    .command("add")
    .description("freeze services at a time: deployments are prepared, and their rollout waits for the end")
    .argument("<name>", "such as weekend")
    .addOption(fromOption().makeOptionMandatory())
    .addOption(untilOption().makeOptionMandatory())
    .option("--zone <zone>", "the time zone of these times, such as Asia/Seoul (default: the one here)")
    .option("--service <name...>", "only these services")
    .option("-e, --env <name...>", "only these environments")
    .requiredOption("--reason <text>", "why; whoever waits reads it")
    .action(action(cli, add));
  examples(
    adding,
    [
      "signalbox freeze add weekend --from 'fri 18:00' --until 'mon 08:00' -e production --reason 'nobody is here'",
      "every week",
    ],
    [
      "signalbox freeze add sale --from 2026-11-27 --until '2026-11-30 09:00' --zone Asia/Seoul --reason 'the sale'",
      "once, everywhere",
    ],
  );
}

function addExceptCommand(freeze: Command, cli: Cli): void {
  const excepting = freeze
    .command("except")
    .description("ask for an exception, or confirm one that another person asked for")
    .argument("[window]", "the name of the window")
    .addOption(new Option("--for <time>", "from now on, such as 2h").argParser(duration))
    .addOption(fromOption())
    .addOption(untilOption())
    .option("--zone <zone>", "the time zone of these times (default: the one here)")
    .option("--service <name...>", "only these services")
    .option("-e, --env <name...>", "only these environments")
    .option("--reason <text>", "why; it is needed to ask")
    .option("--confirm <id>", "confirm this one")
    .action(action(cli, except));
  examples(
    excepting,
    [
      "signalbox freeze except weekend --for 2h --service orders -e production --reason 'users can not pay'",
      "asks; prints an id",
    ],
    ["signalbox freeze except --confirm x-1f2e3d4c", "by another person"],
  );
}

function fromOption(): Option {
  return new Option("--from <time>", "'fri 18:00' every week, or '2026-11-27 18:00' once").argParser(timeOf);
}

function untilOption(): Option {
  return new Option("--until <time>", "the end, in the same way").argParser(timeOf);
}

function timeOf(text: string): FreezeTime {
  const time = freezeTime(text);
  if (time === undefined) throw new InvalidArgumentError("Write it as 'fri 18:00', 2026-11-27 or '2026-11-27 18:00'.");
  return time;
}

interface Scoped {
  readonly service?: readonly string[];
  readonly env?: readonly string[];
}

function scopeOf({ service, env }: Scoped): { readonly services?: string[]; readonly environments?: string[] } {
  return {
    ...(service === undefined ? {} : { services: [...service] }),
    ...(env === undefined ? {} : { environments: [...env] }),
  };
}

async function list(session: Session): Promise<number> {
  const freezes = await (await session.client()).freezes.list();
  session.answer(freezes, () => freezesText(freezes, session.now(), session.style));
  return exitCodes.done;
}

interface AddOptions extends Scoped {
  readonly from: FreezeTime;
  readonly until: FreezeTime;
  readonly zone?: string;
  readonly reason: string;
}

async function add(session: Session, options: AddOptions, name: string): Promise<number> {
  const when = whenBetween(options.from, options.until, options.zone ?? zoneHere());
  if (typeof when === "string")
    throw new Stopped(`the window can't be made: ${when}`, { next: "signalbox freeze add --help" });
  const client = await session.client();
  const window = { name, reason: options.reason, ...scopeOf(options), when };
  await client.freezes.add(window);
  return show(session, client, `${name} is kept.`);
}

async function remove(session: Session, _options: object, name: string): Promise<number> {
  await (await session.client()).freezes.remove(name);
  session.answer({ removed: name }, () => session.mark("good", "good", `${name} holds nothing up any more.\n`));
  return exitCodes.done;
}

interface ExceptOptions extends Scoped {
  readonly for?: string;
  readonly from?: FreezeTime;
  readonly until?: FreezeTime;
  readonly zone?: string;
  readonly reason?: string;
  readonly confirm?: string;
}

async function except(session: Session, options: ExceptOptions, window: string | undefined): Promise<number> {
  const client = await session.client();
  if (options.confirm !== undefined) {
    await client.freezes.confirm(options.confirm);
    return show(session, client, `${options.confirm} holds.`);
  }
  if (window === undefined || options.reason === undefined) {
    throw new Stopped("an exception needs the name of the window and a --reason, or --confirm ID", {
      next: "signalbox freeze except --help",
    });
  }
  const asked = { ...scopeOf(options), ...timesOf(options, session.now()), reason: options.reason };
  const { id } = await client.freezes.ask(window, asked);
  session.answer({ id }, () => `${id}\n`);
  session.note(
    `It lifts the freeze until ${dateTime(asked.until)}, once another person confirms it: signalbox freeze except --confirm ${id}`,
  );
  return exitCodes.done;
}

function timesOf(
  { for: length, from, until, zone }: ExceptOptions,
  now: number,
): { readonly from?: number; readonly until: number } {
  if (length !== undefined && from === undefined && until === undefined) return { until: now + seconds(length) * 1000 };
  if (length === undefined && until !== undefined) {
    const begin = from ?? until;
    const when = whenBetween(begin, until, zone ?? zoneHere());
    if (typeof when !== "string" && when.kind === "once")
      return from === undefined ? { until: when.until } : { from: when.from, until: when.until };
  }
  throw new Stopped("an exception has an end: --for 2h, or --until '2026-11-27 18:00'", {
    next: "signalbox freeze except --help",
  });
}

async function show(session: Session, client: Client, said: string): Promise<number> {
  const freezes = await client.freezes.list();
  session.answer(
    freezes,
    () => `${session.mark("good", "good", `${said}\n`)}${freezesText(freezes, session.now(), session.style)}`,
  );
  return exitCodes.done;
}

function zoneHere(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}
