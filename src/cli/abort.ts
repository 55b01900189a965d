/** `signalbox abort`: ends a deployment; what it touched is rolled back. */
import type { Cli } from "./command.ts";
import { action, examples } from "./command.ts";
import { deploymentTitle, follow } from "./follow.ts";
import type { Session } from "./session.ts";
import { deploymentRef } from "./values.ts";
import type { Narrowed } from "./which-deployment.ts";
import { whichDeployment } from "./which-deployment.ts";

interface AbortOptions extends Pick<Narrowed, "env"> {
  readonly reason: string;
  readonly wait?: boolean;
}

export function addAbortCommand(cli: Cli): void {
  const command = cli.program
    .command("abort")
    .description("end a deployment; hosts that it touched are rolled back")
    .argument("[deployment]", "such as d-12; the one under way when left out", deploymentRef)
    .option("-e, --env <environment>", "the one under way in this environment")
    .option("--reason <text>", "why, for the audit log", "asked for")
    .option("--wait", "stay until everything is rolled back (always with --local)")
    .action(action(cli, abort));
  examples(command, ["signalbox abort d-12 --reason 'wrong branch'", "withdraws it, or rolls it back"]);
}

async function abort(session: Session, options: AbortOptions, ref: string | undefined): Promise<number> {
  const { client, carriedBy } = await session.connection();
  const { id } = await whichDeployment(session, ref, { orTheLast: false, env: options.env });
  const view = await client.abort(id, options.reason);
  if (options.wait === true || carriedBy === "here") return follow(session, view);
  const title = deploymentTitle(view);
  session.answer({ deployment: view }, () =>
    session.mark(
      "back",
      "warn",
      `${title} is called off; what it touched is rolled back. Next: signalbox watch ${title}\n`,
    ),
  );
  return 0;
}
