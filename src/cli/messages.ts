/** `signalbox messages`: who was told, who could not be, and whether somebody can be reached. */
import { Option } from "commander";

import type { Client } from "../api/client.ts";
import { messageStates } from "../api/message-views.ts";
import type { MessageView } from "../api/message-views.ts";
import { exitCodes } from "../core/exit-code.ts";
import type { Cli } from "./command.ts";
import { action, examples } from "./command.ts";
import { safeLine } from "./safe-text.ts";
import type { Session } from "./session.ts";
import { Stopped } from "./stopped.ts";
import type { Cell } from "./table.ts";
import { table } from "./table.ts";
import { wholeNumber } from "./values.ts";
import { dateTime } from "./words.ts";

export function addMessagesCommand(cli: Cli): void {
  const messages = cli.program.command("messages").description("who was told, and whether somebody can be reached");
  examples(messages, ["signalbox messages list", "what was told last, and to whom"]);
  const listing = messages
    .command("list")
    .description("list messages, the newest first")
    .addOption(new Option("--state <state>", "only those").choices(messageStates))
    .addOption(new Option("-n, --limit <number>", "how many (100)").argParser(wholeNumber))
    .action(action(cli, list));
  examples(listing, ["signalbox messages list --state given-up", "who was not told, and why"]);
  const testing = messages
    .command("test")
    .description("send a message that only tries whether it arrives")
    .argument("[login]", "a person")
    .option("-e, --env <environment>", "the channel of an environment")
    .action(action(cli, test));
  examples(
    testing,
    ["signalbox messages test kim", "by kim's contacts"],
    ["signalbox messages test -e production", "to the channel of production"],
  );
}

interface ListOptions {
  readonly state?: MessageView["state"];
  readonly limit?: number;
}

async function list(session: Session, { state, limit }: ListOptions): Promise<number> {
  const query = { ...(state === undefined ? {} : { state }), ...(limit === undefined ? {} : { limit }) };
  const messages = await (await session.client()).messages.list(query);
  session.answer({ messages }, () => {
    if (messages.length === 0) return "There is no such message.\n";
    const rows = messages.map((one) => [
      dateTime(one.at),
      safeLine(one.deployment ?? ""),
      one.kind,
      safeLine(one.to),
      stateCell(one),
      safeLine(one.state === "sent" ? `${one.via ?? ""} ${one.address ?? ""}` : (one.lastError ?? "")),
    ]);
    return table(["WHEN", "ABOUT", "WHAT", "TO", "STATE", "BY, OR WHY NOT"], rows, session.style);
  });
  return exitCodes.done;
}

const looks = { waiting: "warn", sent: "good", "given-up": "bad", replaced: "quiet", dropped: "quiet" } as const;

function stateCell({ state, tries }: MessageView): Cell {
  const tried = state === "waiting" && tries > 0 ? ` (${tries} tried)` : "";
  return { text: `${state}${tried}`, look: looks[state] };
}

/** A test is tried twice, some seconds apart. */
const patienceMilliseconds = 90_000;
const everyMilliseconds = 500;

async function test(session: Session, { env }: { readonly env?: string }, login: string | undefined): Promise<number> {
  if ((login === undefined) === (env === undefined)) {
    throw new Stopped("it is not said whom to reach", {
      safe: "Nothing was sent.",
      next: "name a person, or an environment with --env",
      exitCode: exitCodes.usage,
    });
  }
  const client = await session.client();
  const { key } = await client.messages.test(login === undefined ? { environment: env! } : { person: login });
  const message = await settled(client, key);
  const isTold = message?.state === "sent";
  session.answer({ message: message ?? null }, () => {
    if (isTold) return session.mark("good", "good", `Taken by ${safeLine(`${message.via} for ${message.address}`)}.\n`);
    const why = message?.lastError ?? "nobody has said anything about it";
    return session.mark("bad", "bad", `Not sent: ${safeLine(why)}\n`);
  });
  if (isTold) session.note("Whether it arrived is seen there.");
  return isTold ? exitCodes.done : exitCodes.needsAPerson;
}

async function settled(client: Client, key: string): Promise<MessageView | undefined> {
  const end = Date.now() + patienceMilliseconds;
  for (;;) {
    const message = (await client.messages.list({ limit: 200 })).find((one) => one.key === key);
    if (message?.state !== "waiting" || Date.now() > end) return message;
    await new Promise((resolve) => {
      setTimeout(resolve, everyMilliseconds);
    });
  }
}
