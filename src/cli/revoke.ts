/** `signalbox revoke`: takes an approval back, as long as others are waited for. */
import type { Cli } from "./command.ts";
import { action, examples } from "./command.ts";
import { decideAndSay } from "./decide.ts";
import type { Session } from "./session.ts";
import { deploymentRef } from "./values.ts";

export function addRevokeCommand(cli: Cli): void {
  const command = cli.program
    .command("revoke")
    .description("take your approval back, before the last one that is needed has come")
    .argument("<deployment>", "such as d-12", deploymentRef)
    .action(action(cli, revoke));
  examples(command, ["signalbox revoke d-12", "you are asked again"]);
}

async function revoke(session: Session, _options: object, ref: string): Promise<number> {
  return decideAndSay(
    session,
    (approvals) => approvals.revoke(ref),
    ({ isRevoked }) => isRevoked,
  );
}
