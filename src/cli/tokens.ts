/** `signalbox tokens`: who may call a server over the network, for what, and how long. */
import { Option } from "commander";

import { exitCodes } from "../core/exit-code.ts";
import { rights } from "../core/permissions.ts";
import type { Right } from "../core/permissions.ts";
import type { Whose } from "../api/client.ts";
import type { Cli } from "./command.ts";
import { action, examples } from "./command.ts";
import { grantsOf, grantsText, inOption } from "./grants-text.ts";
import { safeLine } from "./safe-text.ts";
import type { Session } from "./session.ts";
import { table } from "./table.ts";
import { wholeNumber } from "./values.ts";

const usualDays = 30;

export function addTokensCommand(cli: Cli): void {
  const tokens = cli.program.command("tokens").description("make, list and revoke tokens of the API");
  examples(tokens, ["signalbox tokens list", "who has one, for what, until when"]);
  const creating = tokens
    .command("create")
    .description("make a token; it is shown once")
    .argument("<name>", "who or what uses it, such as ci")
    .addOption(new Option("--right <right...>", "what it may do").choices(rights).default(["view"]))
    .addOption(inOption())
    .addOption(whose("of your own, acting as you; without it, for a machine"))
    .addOption(new Option("--days <number>", "how long it is valid (30, at most 90)").argParser(wholeNumber))
    .action(action(cli, create));
  examples(
    creating,
    ["signalbox tokens create ci --right view deploy artifacts --in dev", "for SIGNALBOX_TOKEN of a CI job"],
    ["signalbox tokens create kim-laptop --for me --right view deploy approve", "acts as you, on your laptop"],
  );
  const listing = tokens
    .command("list")
    .description("list the tokens, never their secrets")
    .addOption(whose("only your own"))
    .action(action(cli, list));
  examples(listing, ["signalbox tokens list", "who has one, for what, until when"]);
  const revoking = tokens
    .command("revoke")
    .description("make a token useless at once")
    .argument("<name>", "as it was made")
    .addOption(whose("one of your own"))
    .action(action(cli, revoke));
  examples(revoking, ["signalbox tokens revoke ci", "at once"]);
}

function whose(description: string): Option {
  return new Option("--for <whom>", description).choices(["me"]);
}

interface WhoseOption {
  readonly for?: "me";
}

function whoseOf({ for: whom }: WhoseOption): Whose {
  return whom ?? "all";
}

interface CreateOptions extends WhoseOption {
  readonly right: readonly Right[];
  readonly in?: readonly string[];
  readonly days?: number;
}

async function create(session: Session, options: CreateOptions, name: string): Promise<number> {
  const client = await session.client();
  const grants = grantsOf(options.right, options.in);
  const made = await client.createToken({ name, grants, days: options.days ?? usualDays }, whoseOf(options));
  session.answer(made, () => `${made.token}\n`);
  session.note(`${name} may ${grantsText(made.grants)} until ${day(made.expiresAt)}. The token is not shown again.`);
  return exitCodes.done;
}

async function list(session: Session, options: WhoseOption): Promise<number> {
  const tokens = await (await session.client()).tokens(whoseOf(options));
  session.answer({ tokens }, () => {
    if (tokens.length === 0) return "There is no token yet.\n";
    const rows = tokens.map((one) => [
      safeLine(one.name),
      safeLine(one.login ?? ""),
      grantsText(one.grants),
      one.expired ? { text: `expired ${day(one.expiresAt)}`, look: "warn" as const } : day(one.expiresAt),
      safeLine(one.createdBy),
    ]);
    return table(["NAME", "ACTS AS", "MAY", "UNTIL", "MADE BY"], rows, session.style);
  });
  return exitCodes.done;
}

async function revoke(session: Session, options: WhoseOption, name: string): Promise<number> {
  await (await session.client()).revokeToken(name, whoseOf(options));
  session.answer({ revoked: name }, () => session.mark("good", "good", `${name} may do nothing any more.\n`));
  return exitCodes.done;
}

function day(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}
