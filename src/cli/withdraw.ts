/** `signalbox withdraw`: takes back what waits for an approval. */
import type { Cli } from "./command.ts";
import { action, examples } from "./command.ts";
import { decideAndSay } from "./decide.ts";
import type { Session } from "./session.ts";
import { deploymentRef } from "./values.ts";

export function addWithdrawCommand(cli: Cli): void {
  const command = cli.program
    .command("withdraw")
    .description("take back what you asked for; nobody has to decide about it any more")
    .argument("<deployment>", "such as d-12", deploymentRef)
    .requiredOption("--reason <text>", "why; whoever was asked reads it")
    .action(action(cli, withdraw));
  examples(command, ["signalbox withdraw d-12 --reason 'found a mistake in it'", "it ends"]);
}

async function withdraw(session: Session, { reason }: { readonly reason: string }, ref: string): Promise<number> {
  return decideAndSay(
    session,
    (approvals) => approvals.withdraw(ref, { reason }),
    ({ isWithdrawn }) => isWithdrawn,
  );
}
