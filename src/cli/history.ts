/** `signalbox history`: the deployments, newest first. */
import { Option } from "commander";

import type { DeploymentView } from "../api/views.ts";
import { askedBriefly, awaitedIn } from "./awaited.ts";
import type { Cli } from "./command.ts";
import { action, examples } from "./command.ts";
import { deploymentTitle } from "./follow.ts";
import { safeLine } from "./safe-text.ts";
import type { Session } from "./session.ts";
import type { Style } from "./style.ts";
import { symbol } from "./style.ts";
import type { Cell } from "./table.ts";
import { table } from "./table.ts";
import { wholeNumber } from "./values.ts";
import { dateTime, stateMark, stateWord, took } from "./words.ts";

interface HistoryOptions {
  readonly env?: string;
  readonly limit: number;
}

export function addHistoryCommand(cli: Cli): void {
  const command = cli.program
    .command("history")
    .description("list deployments, newest first")
    .argument("[service]", "only this service")
    .option("-e, --env <environment>", "only this environment")
    .addOption(new Option("--limit <number>", "how many at most").argParser(wholeNumber).default(20))
    .action(action(cli, history));
  examples(
    command,
    ["signalbox history", "the last 20"],
    ["signalbox history orders -e production --limit 5", "the last 5 of one service"],
  );
}

async function history(session: Session, { env, limit }: HistoryOptions, service: string | undefined): Promise<number> {
  const client = await session.client();
  const deployments = await client.deployments({
    limit,
    ...(service === undefined ? {} : { service }),
    ...(env === undefined ? {} : { environment: env }),
  });
  const awaited = await awaitedIn(
    client,
    deployments.some(({ state }) => state === "awaiting-approval"),
  );
  session.answer({ deployments }, () =>
    historyText(deployments, session.style, (id) => {
      const view = awaited.get(id);
      return view === undefined ? "" : ` of ${askedBriefly(view)}`;
    }),
  );
  return 0;
}

export function historyText(
  deployments: readonly DeploymentView[],
  style: Style,
  awaitedOf: (id: string) => string = () => "",
): string {
  if (deployments.length === 0) return "There is no deployment yet.\n";
  const rows = deployments.map((view): (Cell | string)[] => {
    const { symbol: name, look } = stateMark(view.state);
    const behind = view.behind.length === 0 ? "" : `, left behind: ${view.behind.map(safeLine).join(", ")}`;
    return [
      deploymentTitle(view),
      dateTime(view.requestedAt),
      `${view.service}@${view.environment}`,
      view.kind,
      view.release === null ? (view.revision ?? "").slice(0, 12) : `release ${view.release}`,
      { text: `${symbol(name, style)} ${stateWord(view.state)}${awaitedOf(view.id)}${behind}`, look },
      view.finishedAt === null ? "" : took(view.finishedAt - view.requestedAt),
      safeLine(view.by),
    ];
  });
  return table(["", "WHEN", "WHERE", "KIND", "WHAT", "STATE", "TOOK", "BY"], rows, style);
}
