/** `signalbox reject`: says no to what waits for an approval, with the reason. */
import { Option } from "commander";

import type { Cli } from "./command.ts";
import { action, examples } from "./command.ts";
import { decideAndSay, whichApproval } from "./decide.ts";
import type { Session } from "./session.ts";
import { deploymentRef, digest } from "./values.ts";

interface RejectOptions {
  readonly reason: string;
  readonly plan?: string;
}

export function addRejectCommand(cli: Cli): void {
  const command = cli.program
    .command("reject")
    .description("say no to what waits for an approval; it ends, and nothing that serves is changed")
    .argument("[deployment]", "such as d-12; the only one that waits for you when left out", deploymentRef)
    .requiredOption("--reason <text>", "why; whoever asked reads it")
    .addOption(new Option("--plan <digest>", "reject this plan alone").argParser(digest))
    .action(action(cli, reject));
  examples(command, ["signalbox reject d-12 --reason 'the migration has no way back'", "it ends"]);
}

async function reject(session: Session, { reason, plan }: RejectOptions, ref: string | undefined): Promise<number> {
  const { id, digest: shown } = await whichApproval(session, ref);
  return decideAndSay(
    session,
    (approvals) => approvals.reject(id, { digest: plan ?? shown, reason }),
    ({ isRejected }) => isRejected,
  );
}
