/** `signalbox backup`: a consistent copy of the store, while everything goes on. */
import path from "node:path";

import { exitCodes } from "../core/exit-code.ts";
import type { Cli } from "./command.ts";
import { action, examples } from "./command.ts";
import type { Session } from "./session.ts";
import { Stopped } from "./stopped.ts";

export function addBackupCommand(cli: Cli): void {
  const command = cli.program
    .command("backup")
    .description("copy the store into a file, while everything goes on")
    .argument("<file>", "a path on the machine of the server")
    .action(action(cli, backup));
  examples(command, ["signalbox backup /var/backups/signalbox.sqlite", "artifacts and logs are not in it"]);
}

async function backup(session: Session, _options: object, file: string): Promise<number> {
  const { client, carriedBy } = await session.connection();
  const isRemote = session.options.server !== undefined || (session.shell.env["SIGNALBOX_SERVER"] ?? "") !== "";
  if (carriedBy === "server" && isRemote && !path.isAbsolute(file)) {
    throw new Stopped(`${file} is not an absolute path, and the server has another working directory`, {
      next: "signalbox backup /var/backups/signalbox.sqlite",
    });
  }
  const full = path.resolve(file);
  await client.backup(full);
  session.answer({ file: full }, () =>
    session.mark("good", "good", `The store was copied into ${full}. Next, on the day: signalbox restore ${full}\n`),
  );
  return exitCodes.done;
}
