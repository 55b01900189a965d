/** `signalbox config apply`: gives a server its configuration; deployments under way keep theirs. */
import { readFile } from "node:fs/promises";
import path from "node:path";

import { exitCodes } from "../core/exit-code.ts";
import type { Cli } from "./command.ts";
import { action, examples } from "./command.ts";
import { configurationFile } from "./connect.ts";
import { safeLine } from "./safe-text.ts";
import type { Session } from "./session.ts";

/** Hung up under the `config` command. */
export function addApplyCommand(cli: Cli): void {
  const config = cli.program.commands.find((command) => command.name() === "config")!;
  const command = config
    .command("apply")
    .description("give the server this configuration")
    .argument("[file]", "the server file (default: the one of --config)")
    .action(action(cli, apply));
  examples(command, ["signalbox config apply signalbox.yml", "checked, numbered and audited by the server"]);
}

async function apply(session: Session, _options: object, named: string | undefined): Promise<number> {
  const file = await configurationFile(named ?? session.options.config);
  const client = await session.client();
  const { version, warnings, proposal } = await client.applyConfiguration(
    await readFile(file, "utf8"),
    path.resolve(file),
  );
  if (warnings !== "") session.note(warnings);
  session.answer({ version, warnings, ...(proposal === undefined ? {} : { proposal }) }, () =>
    proposal === undefined
      ? session.mark("good", "good", `${file} is configuration ${version}. Deployments under way keep theirs.\n`)
      : session.mark("busy", "busy", proposed(proposal.environments)),
  );
  return exitCodes.done;
}

function proposed(environments: readonly string[]): string {
  const where = environments.map(safeLine).join(", ");
  return `Proposed, and not in use yet: it changes the approval in ${where}.\n  Next, by another person with the right configure: signalbox config apply, with the same file\n`;
}
