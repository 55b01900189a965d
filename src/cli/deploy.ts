/** `signalbox deploy`: puts a release onto an environment, and stays with it until it serves. */
import { Option } from "commander";

import type { Client } from "../api/client.ts";
import type { OriginRequest } from "../api/views.ts";
import type { Cli } from "./command.ts";
import { action, examples } from "./command.ts";

import { placeFor } from "./place.ts";
import type { Session } from "./session.ts";
import { digest, wholeNumber } from "./values.ts";
import type { WaitOptions } from "./wait.ts";
import { addWaitOptions, addWatchOption, checkWait, followAsAsked } from "./wait.ts";

interface DeployOptions extends WaitOptions {
  readonly env?: string;
  readonly ref?: string;
  readonly artifact?: string;
  readonly release?: number;
  readonly plan?: string;
  readonly host?: readonly string[];
  readonly reason?: string;
  readonly breakGlass?: string;
}

export function addDeployCommand(cli: Cli): void {
  const command = cli.program
    .command("deploy")
    .description("put a release onto an environment and watch until it serves")
    .argument("[service]", "may be left out where there is only one")
    .option("-e, --env <environment>", "may be left out where there is only one")
    .option("--ref <ref>", "branch, tag or commit (default: the branch of the configuration)")
    .addOption(new Option("--artifact <file>", "a file or tar that was built elsewhere").conflicts(["ref", "release"]))
    .addOption(
      new Option("--release <number>", "a release that exists already").argParser(wholeNumber).conflicts(["ref"]),
    )
    .addOption(new Option("--plan <digest>", "run exactly this plan, or refuse").argParser(digest))
    .option("--host <name...>", "only these hosts of the environment")
    .option("--reason <text>", "why, for the audit log")
    .option(
      "--break-glass <reason>",
      "go past the approval and a freeze; everybody is told, and it is reviewed afterwards",
    );
  addWatchOption(addWaitOptions(command)).action(action(cli, deploy));
  examples(
    command,
    ["signalbox deploy orders -e production", "the newest commit of the configured branch"],
    ["signalbox deploy orders -e dev --ref fix/rounding", "another branch"],
    ["signalbox deploy -e dev --artifact build/libs/orders.jar", "a file that is built already"],
    ["signalbox deploy orders -e production --release 41", "an earlier release again"],
    ["signalbox deploy orders -e production --break-glass 'users can not pay'", "without the approval; it is reviewed"],
    ["signalbox deploy orders -e production --no-wait", "in the background, from a script"],
    ["signalbox deploy orders -e production --no-watch", "until it serves; the server watches it alone"],
  );
}

async function deploy(session: Session, options: DeployOptions, service: string | undefined): Promise<number> {
  const { breakGlass, reason, plan, host } = options;
  // Without a server there is no person with rights; whoever may run the engine here answers for it.
  const isLocal = session.options.local === true;
  const connection = await session.connection(breakGlass === undefined || !isLocal ? {} : { breakGlass });
  checkWait(options, connection);
  const place = await placeFor(session, { service, environment: options.env });
  const why = reason ?? breakGlass;
  const view = await connection.client.deploy({
    ...place,
    origin: await originOf(options, connection.client, session),
    ...(why === undefined ? {} : { reason: why }),
    ...(breakGlass === undefined || isLocal ? {} : { breakGlass }),
    ...(plan === undefined ? {} : { plan }),
    ...(host === undefined ? {} : { hosts: [...host] }),
  });
  return followAsAsked(session, view, options);
}

export async function originOf(
  { ref, artifact, release }: Pick<DeployOptions, "ref" | "artifact" | "release">,
  client: Client,
  session: Session,
): Promise<OriginRequest> {
  if (release !== undefined) return { kind: "release", number: release };
  if (artifact === undefined) return ref === undefined ? { kind: "revision" } : { kind: "revision", ref };
  session.note(`Taking in ${artifact} ...`);
  const { sha256 } = await client.uploadArtifact(artifact);
  return { kind: "artifact", sha256 };
}
