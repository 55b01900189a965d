/** `--wait`, `--no-wait` and `--timeout`, the same for every command that begins a deployment. */
import type { Command } from "commander";
import { Option } from "commander";

import type { DeploymentView } from "../api/views.ts";
import type { Connection } from "./connect.ts";
import { follow, noteAccepted } from "./follow.ts";
import type { Session } from "./session.ts";
import { Stopped } from "./stopped.ts";
import { duration, seconds } from "./values.ts";

export interface WaitOptions {
  readonly wait?: boolean;
  /** False: stay only until the release serves everywhere. */
  readonly watch?: boolean;
  readonly timeout?: string;
}

export function addWaitOptions(command: Command): Command {
  return command
    .option("--wait", "stay until the deployment ended (the default)")
    .option("--no-wait", "return as soon as the server has taken the request")
    .addOption(
      new Option("--timeout <time>", "stop waiting after this time, such as 10m (exit code 7)").argParser(duration),
    );
}

/** For commands that begin a deployment with a watch after it. */
export function addWatchOption(command: Command): Command {
  return command.option(
    "--no-watch",
    "return when the release serves everywhere; the server goes on watching it and keeps the old one warm",
  );
}

/** A deployment that this process carries ends with it. */
export function checkWait({ wait, watch }: WaitOptions, { carriedBy }: Connection): void {
  if ((wait !== false && watch !== false) || carriedBy === "server") return;
  const option = wait === false ? "--no-wait" : "--no-watch";
  throw new Stopped(`${option} needs a server: without one this command carries the deployment itself`, {
    safe: "Nothing was requested.",
    next: `leave out ${option}, or name a server by --server`,
  });
}

/** Stays with the deployment, or not, as was asked. */
export async function followAsAsked(session: Session, view: DeploymentView, options: WaitOptions): Promise<number> {
  if (options.wait === false) {
    noteAccepted(session, view);
    return 0;
  }
  return follow(session, view, {
    ...(options.timeout === undefined ? {} : { timeoutSeconds: seconds(options.timeout) }),
    ...(options.watch === false ? { leaveAtWatch: true } : {}),
  });
}
