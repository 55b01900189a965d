/** `signalbox restore`: puts a backup in place, frozen, until somebody confirms that no other server works on the hosts. */
import path from "node:path";

import { exitCodes } from "../core/exit-code.ts";
import type { Cli } from "./command.ts";
import { action, examples } from "./command.ts";
import { outside } from "./outside.ts";
import type { Session } from "./session.ts";
import { Stopped } from "./stopped.ts";

interface RestoreOptions {
  readonly confirm?: boolean;
}

export function addRestoreCommand(cli: Cli): void {
  const command = cli.program
    .command("restore")
    .description("put a backup in place; nothing is deployed before it is confirmed")
    .argument("[file]", "the backup")
    .option("--confirm", "let the restored server change hosts: no other one does")
    .action(action(cli, restore));
  examples(
    command,
    ["signalbox restore /var/backups/signalbox.sqlite", "with the server stopped; it begins frozen"],
    ["signalbox restore --confirm", "once the server is up and the old one is gone"],
  );
}

async function restore(session: Session, { confirm }: RestoreOptions, file: string | undefined): Promise<number> {
  if ((file === undefined) === (confirm !== true)) {
    throw new Stopped("restore takes a file, or --confirm, one after the other", {
      next: "signalbox restore FILE with the server stopped, then signalbox restore --confirm with it running",
    });
  }
  return file === undefined ? thaw(session) : putInPlace(session, path.resolve(file));
}

async function putInPlace(session: Session, file: string): Promise<number> {
  const { data } = session.options;
  const restoreBackup = await outside("restoreBackup");
  await restoreBackup({ file, ...(data === undefined ? {} : { dataDirectory: data }) });
  session.answer({ file, frozen: true }, () =>
    session.mark(
      "good",
      "good",
      "The backup is in place, and frozen. Next: start the server, look at signalbox status --live, then signalbox restore --confirm\n",
    ),
  );
  return exitCodes.done;
}

async function thaw(session: Session): Promise<number> {
  await (await session.client()).thaw();
  session.answer({ frozen: false }, () => session.mark("good", "good", "The server may change hosts again.\n"));
  return exitCodes.done;
}
