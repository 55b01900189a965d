/** `signalbox handover`: gives a request that waits for you to somebody else. */
import type { Cli } from "./command.ts";
import { action, examples } from "./command.ts";
import { decideAndSay, whichApproval } from "./decide.ts";
import type { Session } from "./session.ts";
import { deploymentRef } from "./values.ts";

interface HandoverOptions {
  readonly to: string;
  readonly reason?: string;
}

export function addHandoverCommand(cli: Cli): void {
  const command = cli.program
    .command("handover")
    .description("let another approver decide in your place")
    .argument("[deployment]", "such as d-12; the only one that waits for you when left out", deploymentRef)
    .requiredOption("--to <login>", "who; an approver of this request")
    .option("--reason <text>", "why")
    .action(action(cli, handover));
  examples(command, ["signalbox handover d-12 --to lee --reason 'I wrote half of it'", "lee is asked now"]);
}

async function handover(session: Session, { to, reason }: HandoverOptions, ref: string | undefined): Promise<number> {
  const { id } = await whichApproval(session, ref);
  const decision = { to, ...(reason === undefined ? {} : { reason }) };
  return decideAndSay(
    session,
    (approvals) => approvals.handOver(id, decision),
    ({ isHandedOver }) => isHandedOver(to),
  );
}
