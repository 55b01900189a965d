/** `signalbox resume`: lets a paused deployment go on. */
import type { Cli } from "./command.ts";
import { action, examples } from "./command.ts";
import { deploymentTitle, follow } from "./follow.ts";
import type { Session } from "./session.ts";
import { deploymentRef } from "./values.ts";
import type { Narrowed } from "./which-deployment.ts";
import { whichDeployment } from "./which-deployment.ts";

interface ResumeOptions extends Pick<Narrowed, "env"> {
  readonly wait?: boolean;
}

export function addResumeCommand(cli: Cli): void {
  const command = cli.program
    .command("resume")
    .description("let a paused deployment go on")
    .argument("[deployment]", "such as d-12; the one under way when left out", deploymentRef)
    .option("-e, --env <environment>", "the one under way in this environment")
    .option("--wait", "stay until it ended (always with --local)")
    .action(action(cli, resume));
  examples(
    command,
    ["signalbox resume d-12", "and return at once"],
    ["signalbox resume d-12 --local", "goes on in this process"],
  );
}

async function resume(session: Session, { env, wait }: ResumeOptions, ref: string | undefined): Promise<number> {
  const { client, carriedBy } = await session.connection();
  const { id } = await whichDeployment(session, ref, { orTheLast: false, pausedFirst: true, env });
  const view = await client.resume(id);
  if (wait === true || carriedBy === "here") return follow(session, view);
  const title = deploymentTitle(view);
  session.answer({ deployment: view }, () =>
    session.mark("busy", "busy", `${title} goes on. Next: signalbox watch ${title}\n`),
  );
  return 0;
}
