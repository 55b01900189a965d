/** `signalbox plan`: what a deployment would do, without doing it. */
import { Option } from "commander";

import type { Cli } from "./command.ts";
import { action, examples } from "./command.ts";
import { originOf } from "./deploy.ts";
import { placeFor } from "./place.ts";
import { planText } from "./plan-text.ts";
import type { Session } from "./session.ts";
import { wholeNumber } from "./values.ts";

interface PlanOptions {
  readonly env?: string;
  readonly ref?: string;
  readonly artifact?: string;
  readonly release?: number;
  readonly build?: boolean;
}

export function addPlanCommand(cli: Cli): void {
  const command = cli.program
    .command("plan")
    .description("show what a deployment would do, without doing it")
    .argument("[service]", "may be left out where there is only one")
    .option("-e, --env <environment>", "may be left out where there is only one")
    .option("--ref <ref>", "branch, tag or commit (default: the branch of the configuration)")
    .addOption(new Option("--artifact <file>", "a file or tar that was built elsewhere").conflicts(["ref", "release"]))
    .addOption(
      new Option("--release <number>", "a release that exists already").argParser(wholeNumber).conflicts(["ref"]),
    )
    .option("--build", "fetch and build first, so that the plan is complete and has a digest")
    .action(action(cli, plan));
  examples(
    command,
    ["signalbox plan orders -e production", "what the newest commit would change"],
    ["signalbox plan orders -e production --build", "with the digest that deploy --plan takes"],
    ["signalbox plan orders -e production --release 41", "going back to release 41"],
  );
}

async function plan(session: Session, options: PlanOptions, service: string | undefined): Promise<number> {
  const place = await placeFor(session, { service, environment: options.env });
  const client = await session.client();
  const origin = await originOf(options, client, session);
  if (options.build === true) session.note("Fetching and building ...");
  const view = await client.plan({ ...place, origin, build: options.build ?? false });
  session.answer(view, () => planText(view, origin, session.style));
  return 0;
}
