/** `signalbox pause`: finishes the hosts that are being changed, then waits. */
import type { Cli } from "./command.ts";
import { action, examples } from "./command.ts";
import { deploymentTitle } from "./follow.ts";
import type { Session } from "./session.ts";
import { deploymentRef } from "./values.ts";
import type { Narrowed } from "./which-deployment.ts";
import { whichDeployment } from "./which-deployment.ts";

export function addPauseCommand(cli: Cli): void {
  const command = cli.program
    .command("pause")
    .description("let a deployment finish the hosts it is changing, then wait")
    .argument("[deployment]", "such as d-12; the one under way when left out", deploymentRef)
    .option("-e, --env <environment>", "the one under way in this environment")
    .action(action(cli, pause));
  examples(command, ["signalbox pause d-12", "goes on with signalbox resume d-12"]);
}

async function pause(session: Session, { env }: Pick<Narrowed, "env">, ref: string | undefined): Promise<number> {
  const { id } = await whichDeployment(session, ref, { orTheLast: false, env });
  const view = await (await session.client()).pause(id);
  const title = deploymentTitle(view);
  session.answer({ deployment: view }, () =>
    session.mark(
      "paused",
      "warn",
      `${title} pauses: the hosts that are being changed are finished first. Next: signalbox resume ${title}\n`,
    ),
  );
  return 0;
}
