/** `signalbox override`: sets the capacity guard, or a freeze, aside for one deployment, with a name and a reason. */
import type { Cli } from "./command.ts";
import { action, examples } from "./command.ts";
import { deploymentTitle, follow } from "./follow.ts";
import type { Session } from "./session.ts";
import { deploymentRef } from "./values.ts";
import type { Narrowed } from "./which-deployment.ts";
import { whichDeployment } from "./which-deployment.ts";

interface OverrideOptions extends Pick<Narrowed, "env"> {
  readonly reason: string;
  readonly wait?: boolean;
}

export function addOverrideCommand(cli: Cli): void {
  const command = cli.program
    .command("override")
    .description("let a deployment go on that the capacity guard or a freeze holds")
    .argument("[deployment]", "such as d-12; the one under way when left out", deploymentRef)
    .requiredOption("--reason <text>", "why; it is kept in the journal and the audit log with your name")
    .option("-e, --env <environment>", "the one under way in this environment")
    .option("--wait", "stay until it ended (always with --local)")
    .action(action(cli, override));
  examples(command, [
    "signalbox override d-12 --reason 'the load falls after 22:00'",
    "hosts are drained whatever the others carry",
  ]);
}

async function override(session: Session, options: OverrideOptions, ref: string | undefined): Promise<number> {
  const { client, carriedBy } = await session.connection();
  const { id } = await whichDeployment(session, ref, { orTheLast: false, env: options.env });
  const view = await client.override(id, options.reason);
  if (options.wait === true || carriedBy === "here") return follow(session, view);
  const title = deploymentTitle(view);
  session.answer({ deployment: view }, () =>
    session.mark(
      "warn",
      "warn",
      `the capacity guard no longer holds ${title}; the floor and all other interlocks do. Next: signalbox watch ${title}\n`,
    ),
  );
  return 0;
}
