/** What the commands that decide about a request for approval have in common. */
import type { Client } from "../api/client.ts";
import { exitCodes } from "../core/exit-code.ts";
import { terminalWords } from "../words/terminal.ts";
import type { TerminalWords } from "../words/terminal.ts";
import type { ApprovalView, Reader } from "./approval-text.ts";
import { languageOf } from "./language.ts";
import type { Session } from "./session.ts";
import { Stopped } from "./stopped.ts";

export function readerOf(session: Session): Reader {
  return { now: session.now(), language: languageOf(session.shell.env), style: session.style };
}

/** The one that is named, else the only one that waits for the caller. */
export async function whichApproval(session: Session, ref: string | undefined): Promise<ApprovalView> {
  const { approvals } = await session.client();
  if (ref !== undefined) return approvals.find(ref);
  const mine = await approvals.list({ mine: true, open: true });
  const [only, ...others] = mine;
  if (only === undefined) {
    throw new Stopped(terminalWords(languageOf(session.shell.env)).nothingForYou, { next: "signalbox inbox --all" });
  }
  if (others.length > 0) {
    const all = mine.map(({ number, service, environment }) => `d-${number} (${service}@${environment})`).join(", ");
    throw new Stopped(`which request is meant is not clear: ${all} wait for you`, {
      next: `name one, such as d-${only.number}`,
    });
  }
  session.note(`d-${only.number} (${only.service}@${only.environment}): the only one that waits for you.`);
  return approvals.find(only.id);
}

type Decide = (approvals: Client["approvals"]) => Promise<ApprovalView>;

/** Decides, and says what follows. */
export async function decideAndSay(
  session: Session,
  decide: Decide,
  say: (spoken: TerminalWords, after: ApprovalView) => string,
): Promise<number> {
  const after = await decide((await session.client()).approvals);
  session.answer({ approval: after }, () =>
    session.mark("good", "good", `${say(terminalWords(languageOf(session.shell.env)), after)}\n`),
  );
  return exitCodes.done;
}
