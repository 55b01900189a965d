/** `signalbox sign-in`: a token of one's own, for who is not at the server. */
import { Option } from "commander";

import { exitCodes } from "../core/exit-code.ts";
import type { Cli } from "./command.ts";
import { action, examples } from "./command.ts";
import { safeLine } from "./safe-text.ts";
import type { Session } from "./session.ts";
import { wholeNumber } from "./values.ts";

const usualDays = 30;

export function addSignInCommand(cli: Cli): void {
  const command = cli.program
    .command("sign-in")
    .description("get a token of your own, with your password")
    .argument("<login>", "who you are")
    .option("--name <name>", "what the token is called, as no other is (default: your login and -laptop)")
    .addOption(new Option("--days <number>", "how long it is valid (30, at most 90)").argParser(wholeNumber))
    .action(action(cli, signIn));
  examples(
    command,
    ["signalbox sign-in kim --server https://deploy.example.com", "asks for the password, prints the token"],
    ["signalbox sign-in kim --name kim-desk --days 90", "for SIGNALBOX_TOKEN in a shell"],
  );
}

interface SignInOptions {
  readonly name?: string;
  readonly days?: number;
}

async function signIn(session: Session, options: SignInOptions, login: string): Promise<number> {
  session.refusePlainPassword();
  const password = await session.shell.readSecret(`Password of ${safeLine(login)}: `);
  const client = await session.client();
  // Names are for everybody's tokens: one "laptop" would keep the next person from signing in.
  const {
    name = `${login
      .toLowerCase()
      .replace(/[^a-z0-9._-]/g, "-")
      .slice(0, 50)}-laptop`,
    days = usualDays,
  } = options;
  const made = await client.signIn({ login, password, name, days });
  session.answer(made, () => `${made.token}\n`);
  const until = new Date(made.expiresAt).toISOString().slice(0, 10);
  session.note(
    `${name} acts as ${safeLine(login)} until ${until}. The token is not shown again: keep it in SIGNALBOX_TOKEN.`,
  );
  return exitCodes.done;
}
