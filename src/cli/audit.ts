/** `signalbox audit`: who did what, when and from where; and whether somebody changed that afterwards. */
import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

import type { Command } from "commander";
import { Option } from "commander";

import type { Client } from "../api/client.ts";
import { accessInWords } from "../core/access.ts";
import { auditFormats } from "../core/audit-export.ts";
import type { AuditFormat } from "../core/audit-export.ts";
import { exitCodes } from "../core/exit-code.ts";
import { auditLog, headLine, readHead } from "./audit-log.ts";
import type { Cli } from "./command.ts";
import { action, examples } from "./command.ts";
import { safeLine } from "./safe-text.ts";
import type { Session } from "./session.ts";
import type { Style } from "./style.ts";
import { table } from "./table.ts";
import { moment, wholeNumber } from "./values.ts";
import { count, dateTime } from "./words.ts";

export function addAuditCommand(cli: Cli): void {
  const audit = cli.program
    .command("audit")
    .description("who did what, when and from where, and whether that still stands");
  examples(audit, ["signalbox audit list --limit 10", "what was done last"]);
  addListCommand(audit, cli);
  const verifying = audit
    .command("verify")
    .description("find rows that were edited, removed, swapped, put in or cut off (exit code 4)")
    .option("--head <file>", "a head that was kept elsewhere: without it nobody sees that the end was cut off")
    .option("--file <path>", "a backup, or the data directory of a server that is stopped")
    .action(action(cli, verify));
  examples(
    verifying,
    ["signalbox audit verify --head /mnt/vault/heads", "against the newest head that was kept"],
    ["signalbox audit verify --file /var/backups/signalbox.sqlite", "in a backup, without a server"],
  );
  const exporting = audit
    .command("export")
    .description("write all rows for other programs")
    .addOption(new Option("--format <format>", "how").choices(auditFormats).default("json-lines"))
    .addOption(new Option("--after <row>", "only those after this row").argParser(wholeNumber))
    .option("-o, --output <file>", "into a file instead of standard output")
    .option("--file <path>", "a backup, or the data directory of a server that is stopped")
    .action(action(cli, exportRows));
  examples(
    exporting,
    ["signalbox audit export --format csv -o audit.csv", "for a spreadsheet"],
    ["signalbox audit export --after 1204", "what came after row 1204"],
  );
  const head = audit
    .command("head")
    .description("print the end of the chain, to be kept where nobody of this server can write")
    .option("--file <path>", "a backup, or the data directory of a server that is stopped")
    .action(action(cli, printHead));
  examples(head, ["signalbox audit head", "append it to a file on another machine, from a timer"]);
}

interface ListOptions {
  readonly on?: string;
  readonly by?: string;
  readonly action?: string;
  readonly since?: number;
  readonly until?: number;
  readonly limit: number;
}

function addListCommand(audit: Command, cli: Cli): void {
  const listing = audit
    .command("list")
    .description("list what was done, the newest first")
    .option("--on <object>", "only what was done to this, such as orders@production")
    .option("--by <name>", "only what this person, token or machine did")
    .option("--action <action>", "only this, such as approve")
    .addOption(new Option("--since <time>", "a time, or how long ago, such as 7d").argParser(moment))
    .addOption(new Option("--until <time>", "a time, or how long ago").argParser(moment))
    .addOption(new Option("--limit <number>", "how many at most").argParser(wholeNumber).default(50))
    .action(action(cli, list));
  examples(
    listing,
    ["signalbox audit list --on orders@production --since 7d", "what happened to one service"],
    ["signalbox audit list --by kim", "what one person did"],
  );
}

async function list(session: Session, { on, by, action: what, since, until, limit }: ListOptions): Promise<number> {
  const rows = await (
    await session.client()
  ).audit.list({
    limit,
    ...(on === undefined ? {} : { object: on }),
    ...(by === undefined ? {} : { actor: by }),
    ...(what === undefined ? {} : { action: what }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
  });
  session.answer({ rows }, () => listText(rows, session.style));
  return exitCodes.done;
}

type Row = Awaited<ReturnType<Client["audit"]["list"]>>[number];

function listText(rows: readonly Row[], style: Style): string {
  if (rows.length === 0) return "Nothing like that was done.\n";
  const lines = rows.map(({ sequence, at, actor, action: what, object, detail, from }) => [
    { text: String(sequence), look: "quiet" as const },
    dateTime(at),
    safeLine(actor),
    safeLine(what),
    safeLine(object),
    from === undefined ? "" : safeLine(accessInWords(from)),
    { text: detailWords(detail), look: "quiet" as const },
  ]);
  return table(["ROW", "WHEN", "WHO", "WHAT", "ON", "BY WAY OF", ""], lines, style);
}

/** `reason: the sale is over, before: queued, after: running`. */
function detailWords(detail: Readonly<Record<string, unknown>>): string {
  const words = Object.entries(detail).flatMap(([key, value]) => {
    if (value === null || value === "") return [];
    return [`${key}: ${typeof value === "string" ? shortened(value) : JSON.stringify(value)}`];
  });
  return safeLine(words.join(", "));
}

/** The export has the whole one. */
function shortened(text: string): string {
  return /^[0-9a-f]{64}$/.test(text) ? text.slice(0, 12) : text;
}

interface VerifyOptions {
  readonly head?: string;
  readonly file?: string;
}

async function verify(session: Session, options: VerifyOptions): Promise<number> {
  const known = options.head === undefined ? undefined : await readHead(options.head);
  const log = await auditLog(session, options.file);
  try {
    const { head, broken } = await log.check(known);
    const exitCode = broken === null ? exitCodes.done : exitCodes.needsAPerson;
    session.answer({ whole: broken === null, head, broken, against: known ?? null, exitCode }, () => {
      if (broken === null) return session.mark("good", "good", wholeText(head?.sequence ?? 0, known?.sequence));
      const trusted =
        broken.sequence <= 1 ? "No row can be trusted." : `Rows up to ${broken.sequence - 1} are as they were written.`;
      return `${session.mark("bad", "bad", `The audit log was changed: ${safeLine(broken.problem)}.`)}\n  ${trusted}\n  Next: compare with an export or a backup of the time before: signalbox audit verify --file BACKUP\n`;
    });
    return exitCode;
  } finally {
    await log.close();
  }
}

function wholeText(rows: number, known: number | undefined): string {
  const what = `The audit log is whole: ${count(rows, "row")}`;
  if (known !== undefined) return `${what}, with row ${known} as the head says that was kept.\n`;
  return `${what}. Whether rows were cut off at the end shows only against a head kept elsewhere: signalbox audit verify --head FILE\n`;
}

interface ExportOptions {
  readonly format: AuditFormat;
  readonly after?: number;
  readonly output?: string;
  readonly file?: string;
}

async function exportRows(session: Session, { format, after, output, file }: ExportOptions): Promise<number> {
  const log = await auditLog(session, file);
  try {
    const rows = log.export(format, after);
    if (output === undefined) for await (const text of rows) session.out.write(text);
    else {
      // Nobody else needs to read who did what.
      await pipeline(Readable.from(rows), createWriteStream(output, { mode: 0o600 }));
      session.note(`Wrote ${output}.`);
    }
    return exitCodes.done;
  } finally {
    await log.close();
  }
}

async function printHead(session: Session, { file }: { readonly file?: string }): Promise<number> {
  const log = await auditLog(session, file);
  try {
    const head = await log.head();
    session.answer({ head }, () => (head === null ? "" : `${headLine(head)}\n`));
    if (head === null) session.note("The audit log is empty: there is no head yet.");
    return exitCodes.done;
  } finally {
    await log.close();
  }
}
