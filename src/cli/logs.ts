/** `signalbox logs`: what a service says on its hosts, or what the steps of a deployment said. */
import { Option } from "commander";

import type { LogLineView } from "../api/client.ts";
import { exitCodes } from "../core/exit-code.ts";
import type { Cli } from "./command.ts";
import { action, examples } from "./command.ts";
import { placeFor } from "./place.ts";
import { safeLine, safeOutput } from "./safe-text.ts";
import type { Session } from "./session.ts";
import { paint } from "./style.ts";
import { wholeNumber } from "./values.ts";
import { padEnd } from "./width.ts";
import { clockTime } from "./words.ts";

interface LogsOptions {
  readonly env?: string;
  readonly follow?: boolean;
  readonly host?: string;
  readonly lines?: number;
  readonly step?: string;
}

const usualLines = 100;

export function addLogsCommand(cli: Cli): void {
  const command = cli.program
    .command("logs")
    .description("show what a service says on its hosts, or what a deployment's steps said")
    .argument("[service]", "a service, or a deployment such as d-12")
    .option("-e, --env <environment>", "may be left out where there is only one")
    .option("-f, --follow", "stay and show each new line")
    .option("--host <name>", "only this host")
    .addOption(new Option("-n, --lines <number>", "how many of the last lines (100)").argParser(wholeNumber))
    .option("--step <kind>", "of a deployment: only this step, such as build-artifact")
    .action(action(cli, logs));
  examples(
    command,
    ["signalbox logs orders -e production --follow", "all hosts, line by line"],
    ["signalbox logs orders -e production --host web-2 --lines 20", "the last lines of one host"],
    ["signalbox logs d-12", "what the steps of a deployment said"],
    ["signalbox logs d-12 --host web-2", "those on one host"],
  );
}

async function logs(session: Session, options: LogsOptions, what: string | undefined): Promise<number> {
  return what !== undefined && /^d-\d+$/.test(what)
    ? stepLogs(session, options, what)
    : serviceLogs(session, options, what);
}

async function stepLogs(session: Session, { host, lines, step }: LogsOptions, ref: string): Promise<number> {
  const client = await session.client();
  const filter = {
    ...(host === undefined ? {} : { host }),
    ...(step === undefined ? {} : { step }),
    ...(lines === undefined ? {} : { last: lines }),
  };
  const all: LogLineView[] = [];
  for await (const line of client.stepLog(ref, filter)) show(session, line, all);
  finish(session, all);
  return exitCodes.done;
}

async function serviceLogs(session: Session, options: LogsOptions, service: string | undefined): Promise<number> {
  const { env, host, lines = usualLines, follow = false } = options;
  const place = await placeFor(session, { service, environment: env });
  const client = await session.client();
  const stop = new AbortController();
  let told = false;
  const off = session.shell.onInterrupt(() => stop.abort());
  const all: LogLineView[] = [];
  try {
    const where = { ...place, ...(host === undefined ? {} : { host }) };
    for await (const line of client.serviceLog(where, { lines, follow, signal: stop.signal })) {
      told = true;
      show(session, line, all);
    }
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    off();
  }
  finish(session, all);
  if (session.json === undefined && !told) {
    const name = `${place.service} in ${place.environment}`;
    session.note(
      `${name} has written nothing yet${host === undefined ? "" : ` on ${safeLine(host)}`}. Next: signalbox status --live`,
    );
  }
  return stop.signal.aborted && !follow ? exitCodes.interrupted : exitCodes.done;
}

function show({ json, out, style }: Session, line: LogLineView, all: LogLineView[]): void {
  if (json === "object") all.push(line);
  else if (json === "lines") out.write(`${JSON.stringify(line)}\n`);
  else {
    const head = paint("quiet", `${clockTime(line.at)} ${padEnd(safeLine(line.host), 8)}`, style);
    for (const text of safeOutput(line.text.trimEnd(), { colours: style.colour }).split("\n"))
      out.write(`${head}  ${text}\n`);
  }
}

function finish(session: Session, lines: readonly LogLineView[]): void {
  if (session.json === "object") session.answer({ lines }, () => "");
}
