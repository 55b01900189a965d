/** `signalbox tokens`: who may call a server over the network, for what, and how long. */
import { Option } from "commander";

import { exitCodes } from "../core/exit-code.ts";
import { scopes } from "../core/permissions.ts";
import type { Scope } from "../core/permissions.ts";
import type { Cli } from "./command.ts";
import { action, examples } from "./command.ts";
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
    .addOption(
      new Option("--scope <scope...>", "what it may do: read looks, deploy changes hosts")
        .choices(scopes)
        .default(["read"]),
    )
    .addOption(new Option("--days <number>", "how long it is valid (30, at most 90)").argParser(wholeNumber))
    .action(action(cli, create));
  examples(creating, ["signalbox tokens create ci --scope read deploy artifacts", "for SIGNALBOX_TOKEN of a CI job"]);
  const listing = tokens.command("list").description("list the tokens, never their secrets").action(action(cli, list));
  examples(listing, ["signalbox tokens list", "who has one, for what, until when"]);
  const revoking = tokens
    .command("revoke")
    .description("make a token useless at once")
    .argument("<name>", "as it was made")
    .action(action(cli, revoke));
  examples(revoking, ["signalbox tokens revoke ci", "at once"]);
}

interface CreateOptions {
  readonly scope: readonly Scope[];
  readonly days?: number;
}

async function create(session: Session, options: CreateOptions, name: string): Promise<number> {
  const client = await session.client();
  const made = await client.createToken({ name, scopes: [...options.scope], days: options.days ?? usualDays });
  session.answer(made, () => `${made.token}\n`);
  session.note(`${name} may ${made.scopes.join(", ")} until ${day(made.expiresAt)}. The token is not shown again.`);
  return exitCodes.done;
}

async function list(session: Session): Promise<number> {
  const tokens = await (await session.client()).tokens();
  session.answer({ tokens }, () => {
    if (tokens.length === 0) return "There is no token yet.\n";
    const rows = tokens.map((one) => [
      safeLine(one.name),
      one.scopes.join(" "),
      one.expired ? { text: `expired ${day(one.expiresAt)}`, look: "warn" as const } : day(one.expiresAt),
      safeLine(one.createdBy),
    ]);
    return table(["NAME", "MAY", "UNTIL", "MADE BY"], rows, session.style);
  });
  return exitCodes.done;
}

async function revoke(session: Session, _options: object, name: string): Promise<number> {
  await (await session.client()).revokeToken(name);
  session.answer({ revoked: name }, () => session.mark("good", "good", `${name} may do nothing any more.\n`));
  return exitCodes.done;
}

function day(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}
