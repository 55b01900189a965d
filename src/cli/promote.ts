/** `signalbox promote`: gives the candidate of a canary all traffic, whatever its analysis says so far. */
import type { Cli } from "./command.ts";
import { action, examples } from "./command.ts";
import { deploymentTitle, follow } from "./follow.ts";
import type { Session } from "./session.ts";
import { deploymentRef } from "./values.ts";
import type { Narrowed } from "./which-deployment.ts";
import { whichDeployment } from "./which-deployment.ts";

interface PromoteOptions extends Pick<Narrowed, "env"> {
  readonly wait?: boolean;
}

export function addPromoteCommand(cli: Cli): void {
  const command = cli.program
    .command("promote")
    .description("give a canary all traffic, whatever its analysis says so far")
    .argument("[deployment]", "such as d-12; the one under way when left out", deploymentRef)
    .option("-e, --env <environment>", "the one under way in this environment")
    .option("--wait", "stay until it ended (always with --local)")
    .action(action(cli, promote));
  examples(
    command,
    ["signalbox promote d-12", "an inconclusive analysis is good enough"],
    ["signalbox promote d-12 --wait", "and stay until it ended"],
  );
}

async function promote(session: Session, { env, wait }: PromoteOptions, ref: string | undefined): Promise<number> {
  const { client, carriedBy } = await session.connection();
  const { id } = await whichDeployment(session, ref, { orTheLast: false, env });
  const view = await client.promote(id);
  if (wait === true || carriedBy === "here") return follow(session, view);
  const title = deploymentTitle(view);
  session.answer({ deployment: view }, () =>
    session.mark(
      "busy",
      "busy",
      `${title} is promoted: its release gets all traffic. Next: signalbox watch ${title}\n`,
    ),
  );
  return 0;
}
