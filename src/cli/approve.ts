/** `signalbox approve`: shows what is asked about, and approves exactly that. */
import { Option } from "commander";

import { exitCodes } from "../core/exit-code.ts";
import { terminalWords } from "../words/terminal.ts";
import { approvalText, askedWords } from "./approval-text.ts";
import type { ApprovalView } from "./approval-text.ts";
import type { Cli } from "./command.ts";
import { action, examples } from "./command.ts";
import { decideAndSay, readerOf, whichApproval } from "./decide.ts";
import type { Session } from "./session.ts";
import { Stopped } from "./stopped.ts";
import { deploymentRef, digest } from "./values.ts";

interface ApproveOptions {
  readonly yes?: boolean;
  readonly plan?: string;
  readonly comment?: string;
  readonly breakGlass?: string;
}

export function addApproveCommand(cli: Cli): void {
  const command = cli.program
    .command("approve")
    .description("look at what waits for an approval, and approve it")
    .argument("[deployment]", "such as d-12; the only one that waits for you when left out", deploymentRef)
    .option("-y, --yes", "do not ask; approve the plan as it is shown")
    .addOption(new Option("--plan <digest>", "approve this plan alone, without a question").argParser(digest))
    .option("--comment <text>", "kept with the approval")
    .option("--break-glass <reason>", "let it go on without the approvals that it lacks; everybody is told")
    .action(action(cli, approve));
  examples(
    command,
    ["signalbox approve d-12", "shows plan and risk, then asks"],
    [`signalbox approve d-12 --plan ${"4f".repeat(32)}`, "from a script: this plan or none"],
    ["signalbox approve d-12 --break-glass 'users can not pay, nobody answers'", "with the right break-glass"],
  );
}

async function approve(session: Session, options: ApproveOptions, ref: string | undefined): Promise<number> {
  const view = await whichApproval(session, ref);
  const reader = readerOf(session);
  // On standard error: whoever reads the answer on standard output wants to know how it ended.
  if (session.json === undefined) session.err.write(approvalText(view, { ...reader, style: session.errStyle }));
  const spoken = terminalWords(reader.language);
  if (options.breakGlass === undefined && view.objection !== null) session.note(spoken.objection(view.objection));
  if (!(await isMeant(session, options, view, spoken.approveQuestion))) {
    session.note(spoken.leftUndecided);
    return exitCodes.notAllowedOrOvertaken;
  }
  // What was shown is what is approved: when it changed meanwhile, the server refuses.
  const decision = { digest: options.plan ?? view.digest };
  const { breakGlass, comment } = options;
  if (breakGlass !== undefined) {
    const glass = { ...decision, reason: breakGlass };
    return decideAndSay(
      session,
      (approvals) => approvals.breakGlass(view.id, glass),
      ({ glassIsBroken }) => glassIsBroken,
    );
  }
  return decideAndSay(
    session,
    (approvals) => approvals.approve(view.id, { ...decision, ...(comment === undefined ? {} : { comment }) }),
    ({ goesOn, stillNeeds }, after) => (after.ended === null ? stillNeeds(askedWords(after, reader)) : goesOn),
  );
}

async function isMeant(
  session: Session,
  options: ApproveOptions,
  view: ApprovalView,
  question: string,
): Promise<boolean> {
  if (options.yes === true || options.plan !== undefined) return true;
  if (view.ended !== null) return true;
  const answer = session.json === undefined ? await session.shell.confirm(question) : undefined;
  if (answer !== undefined) return answer;
  const glass = options.breakGlass === undefined ? "" : ' --break-glass "..."';
  throw new Stopped("there is no terminal to ask on", {
    safe: "Nothing was decided.",
    next: `signalbox approve d-${view.number} --plan ${view.digest}${glass}`,
  });
}
