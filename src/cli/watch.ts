/** `signalbox watch`: follows a deployment that is under way, or shows how the last one ended. */
import type { Cli } from "./command.ts";
import { action, examples } from "./command.ts";
import { followAsAsked } from "./wait.ts";
import type { Session } from "./session.ts";
import { deploymentRef, duration } from "./values.ts";
import { whichDeployment } from "./which-deployment.ts";
import { Option } from "commander";

interface WatchOptions {
  readonly env?: string;
  readonly timeout?: string;
  readonly end?: boolean;
}

export function addWatchCommand(cli: Cli): void {
  const command = cli.program
    .command("watch")
    .description("follow a deployment until it ends")
    .argument("[deployment]", "such as d-12; the one under way when left out", deploymentRef)
    .option("-e, --env <environment>", "the one under way in this environment")
    .addOption(new Option("--timeout <time>", "stop watching after this time (exit code 7)").argParser(duration))
    .option("--end", "end the watch of the new release and the time for which the old one stays warm")
    .action(action(cli, watch));
  examples(
    command,
    ["signalbox watch", "the deployment under way"],
    ["signalbox watch d-12", "this one, from its beginning"],
    ["signalbox watch d-12 --json=lines", "its events, for a script"],
    ["signalbox watch d-12 --end", "somebody has seen enough: the deployment is done"],
  );
}

async function watch(session: Session, options: WatchOptions, ref: string | undefined): Promise<number> {
  const isEnd = options.end === true;
  const view = await whichDeployment(session, ref, { orTheLast: !isEnd, env: options.env });
  if (isEnd) await (await session.client()).endWatch(view.id);
  return followAsAsked(session, view, options);
}
