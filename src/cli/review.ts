/** `signalbox review`: looks afterwards at what went on without its approval. */
import type { Cli } from "./command.ts";
import { action, examples } from "./command.ts";
import { decideAndSay } from "./decide.ts";
import type { Session } from "./session.ts";
import { deploymentRef } from "./values.ts";

export function addReviewCommand(cli: Cli): void {
  const command = cli.program
    .command("review")
    .description("review a deployment for which the glass was broken; by an approver who has no part in it")
    .argument("<deployment>", "such as d-12", deploymentRef)
    .requiredOption("--note <text>", "what you found; kept with it")
    .action(action(cli, review));
  examples(command, ["signalbox review d-12 --note 'was right; the pager did not ring, fixed'", "nothing stays open"]);
}

async function review(session: Session, { note }: { readonly note: string }, ref: string): Promise<number> {
  return decideAndSay(
    session,
    (approvals) => approvals.review(ref, { note }),
    ({ isReviewed }) => isReviewed,
  );
}
