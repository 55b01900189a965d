/** `signalbox restart`: starts what serves anew, batch by batch. */
import type { Cli } from "./command.ts";
import { action, examples } from "./command.ts";
import { placeFor } from "./place.ts";
import type { Session } from "./session.ts";
import type { WaitOptions } from "./wait.ts";
import { addWaitOptions, checkWait, followAsAsked } from "./wait.ts";

interface RestartOptions extends WaitOptions {
  readonly env?: string;
  readonly reason?: string;
}

export function addRestartCommand(cli: Cli): void {
  const command = cli.program
    .command("restart")
    .description("start what serves anew, in the order of a deployment")
    .argument("[service]", "may be left out where there is only one")
    .option("-e, --env <environment>", "may be left out where there is only one")
    .option("--reason <text>", "why, for the audit log");
  addWaitOptions(command).action(action(cli, restart));
  examples(command, ["signalbox restart orders -e production --reason 'new certificate'", "batch by batch"]);
}

async function restart(session: Session, options: RestartOptions, service: string | undefined): Promise<number> {
  const connection = await session.connection();
  checkWait(options, connection);
  const place = await placeFor(session, { service, environment: options.env });
  const why = options.reason === undefined ? {} : { reason: options.reason };
  return followAsAsked(session, await connection.client.restart({ ...place, ...why }), options);
}
