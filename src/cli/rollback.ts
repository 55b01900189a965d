/** `signalbox rollback`: back to the release before, or to a named one, without git or a build. */
import { Option } from "commander";

import type { Cli } from "./command.ts";
import { action, examples } from "./command.ts";
import { placeFor } from "./place.ts";
import type { Session } from "./session.ts";
import { wholeNumber } from "./values.ts";
import type { WaitOptions } from "./wait.ts";
import { addWaitOptions, checkWait, followAsAsked } from "./wait.ts";

interface RollbackOptions extends WaitOptions {
  readonly env?: string;
  readonly to?: number;
  readonly reason?: string;
}

export function addRollbackCommand(cli: Cli): void {
  const command = cli.program
    .command("rollback")
    .description("bring back the last good release, or a named one")
    .argument("[service]", "may be left out where there is only one")
    .option("-e, --env <environment>", "may be left out where there is only one")
    .addOption(new Option("--to <number>", "this release, instead of the last good one").argParser(wholeNumber))
    .option("--reason <text>", "why, for the audit log");
  addWaitOptions(command).action(action(cli, rollback));
  examples(
    command,
    ["signalbox rollback orders -e production", "the last good release"],
    ["signalbox rollback orders -e production --to 41", "release 41"],
    ["signalbox rollback orders -e production --local", "from a laptop, when the server is down"],
  );
}

async function rollback(session: Session, options: RollbackOptions, service: string | undefined): Promise<number> {
  const connection = await session.connection();
  checkWait(options, connection);
  const place = await placeFor(session, { service, environment: options.env });
  const view = await connection.client.rollBack({
    ...place,
    ...(options.to === undefined ? {} : { to: options.to }),
    ...(options.reason === undefined ? {} : { reason: options.reason }),
  });
  return followAsAsked(session, view, options);
}
