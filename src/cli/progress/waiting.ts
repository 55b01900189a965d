/** What a deployment waits for before its rollout, as long as it does: people, or the end of a freeze. */
import type { Client } from "../../api/client.ts";
import type { Deployment } from "../../core/deployment.ts";
import { finalStates } from "../../core/deployment.ts";
import { safeFirstLine, safeLine } from "../safe-text.ts";
import type { Shell } from "../shell.ts";
import { clockMinute, dateTime, named } from "../words.ts";
import type { Show } from "./show.ts";

/** Others may be asked meanwhile, which the journal of the deployment does not say. */
const againMilliseconds = 20_000;
const dayMilliseconds = 86_400_000;

export class Waiting {
  readonly #client: Client;
  readonly #shell: Shell;
  readonly #show: Show;
  #deployment: Deployment | undefined;
  #callOff = (): void => undefined;

  constructor(client: Client, shell: Shell, show: Show) {
    this.#client = client;
    this.#shell = shell;
    this.#show = show;
  }

  look(deployment: Deployment): void {
    const before = this.#deployment;
    this.#deployment = deployment;
    if (waitsForPeople(deployment)) {
      const isNew = before?.approval?.id !== deployment.approval?.id || before?.state !== deployment.state;
      if (isNew) void this.#ask();
      return;
    }
    this.end();
    const { frozen, epoch, finished } = deployment;
    const isFrozen = frozen !== undefined && epoch === undefined && finished === undefined;
    this.#show.waits(isFrozen ? safeFirstLine(frozen.sentence) : undefined);
  }

  end(): void {
    this.#callOff();
    this.#callOff = () => undefined;
  }

  async #ask(): Promise<void> {
    this.end();
    const deployment = this.#deployment!;
    // Whoever may not look at the request is told that it waits, and no more.
    const view = await this.#client.approvals.find(deployment.id).catch(() => undefined);
    if (this.#deployment === undefined || !waitsForPeople(this.#deployment)) return;
    if (view !== undefined && view.ended === null) this.#show.waits(peopleWords(view, this.#shell.now()));
    this.end();
    this.#callOff = this.#shell.after(againMilliseconds, () => void this.#ask());
  }
}

function waitsForPeople({ approval, epoch, state, aborted }: Deployment): boolean {
  const isOver = epoch !== undefined || aborted !== undefined || finalStates.has(state);
  return approval !== undefined && approval.given === undefined && !isOver;
}

type Asked = Pick<Awaited<ReturnType<Client["approvals"]["find"]>>, "asked" | "approvals" | "deadline" | "unfilled">;

/** `awaiting approval of kim, lee until 14:30`. */
export function peopleWords({ asked, approvals, deadline, unfilled }: Asked, now: number): string {
  const who =
    asked.length === 0
      ? "somebody who can be asked"
      : named(
          asked.map(({ login }) => safeLine(login)),
          5,
        );
  const until = deadline - now < dayMilliseconds ? clockMinute(deadline) : dateTime(deadline);
  const so = approvals.length === 0 ? "" : `; approved so far by ${approvals.map(({ by }) => safeLine(by)).join(", ")}`;
  return `awaiting approval of ${who} until ${until}${so}${unfilled === null ? "" : `; ${safeLine(unfilled)}`}`;
}
