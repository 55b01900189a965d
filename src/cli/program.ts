/** The command line as a whole: global options, the command that was asked for, and what is said when it fails. */
import { readFileSync } from "node:fs";
import path from "node:path";

import { Command, CommanderError, Option } from "commander";

import { exitCodes } from "../core/exit-code.ts";
import type { Cli } from "./command.ts";
import type { CommandName } from "./commands.ts";
import { addCommands, commands, isCommand } from "./commands.ts";
import { problemText, tell } from "./problem-text.ts";
import type { GlobalOptions } from "./session.ts";
import type { Shell } from "./shell.ts";
import { styleOf } from "./style.ts";

const allCommands = Object.keys(commands) as CommandName[];

/** Runs a command line and says with which code the process ends. Never throws. */
export async function run(argv: readonly string[], shell: Shell): Promise<number> {
  const given = withJsonForm(argv);
  const cli: Cli = { program: createProgram(shell), shell, exitCode: exitCodes.done };
  try {
    await addCommands(cli, neededFor(given));
    await cli.program.parseAsync(given, { from: "user" });
    return cli.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    return fail(error, cli);
  }
}

async function fail(error: unknown, { program, shell }: Cli): Promise<number> {
  const { json, color = true, verbose = false } = program.opts<GlobalOptions>();
  const told = await tell(error);
  shell.err.write(problemText(told, styleOf(shell.err, shell.env, { colour: color })));
  if (verbose && error instanceof Error) shell.err.write(`${error.stack ?? ""}\n`);
  if (json !== undefined) {
    const { what, safe = null, next = null, code = null, body = null, exitCode } = told;
    shell.out.write(`${JSON.stringify({ error: { what, safe, next, code, body }, exitCode })}\n`);
  }
  return told.exitCode;
}

/** The program with every command, as `completion` and the tests look at it. */
export async function wholeProgram(shell: Shell): Promise<Command> {
  const cli: Cli = { program: createProgram(shell), shell, exitCode: exitCodes.done };
  await addCommands(cli, allCommands);
  return cli.program;
}

function createProgram(shell: Shell): Command {
  return new Command("signalbox")
    .description("Deploys services to your own Linux machines, over SSH and systemd.")
    .version(version(), "-V, --version")
    .option("--config <file>", "the server file (default: signalbox.yml, then /etc/signalbox/signalbox.yml)")
    .option("--server <url>", "the server to talk to (or SIGNALBOX_SERVER; its token is SIGNALBOX_TOKEN)")
    .option("--local", "run the engine in this process, even when a server is known")
    .option("--data <dir>", "where a local engine keeps its store", (directory: string) => path.resolve(directory))
    .option("--secrets-key <file>", "where a local engine has the key of its secrets", (file: string) =>
      path.resolve(file),
    )
    .addOption(
      new Option("--json [form]", "answer in JSON: one object, or events as lines").choices(["object", "lines"]),
    )
    .option("--no-color", "no colours (or NO_COLOR)")
    .option("-q, --quiet", "no progress on standard error")
    .option("-v, --verbose", "more about what goes on")
    .configureOutput({
      writeOut: (text) => shell.out.write(text),
      writeErr: (text) => shell.err.write(text),
      getOutHelpWidth: () => Math.min(shell.out.columns, 120),
      getErrHelpWidth: () => Math.min(shell.err.columns, 120),
    })
    .showHelpAfterError("(signalbox --help, or --help after a command, shows what there is)")
    .hook("preAction", (program, command) => {
      // A command may have a --json of its own; it is the same wish.
      const isOwn = command !== program && command.options.some(({ long }) => long === "--json");
      if (isOwn && program.opts<GlobalOptions>().json !== undefined) command.setOptionValue("json", true);
    })
    .exitOverride();
}

/** `--json` alone takes no value, so that the word after it stays an argument. */
function withJsonForm(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf("--");
  return argv.map((word, index) => (word === "--json" && (end === -1 || index < end) ? "--json=object" : word));
}

/** Only the file of the command that is used; all when that can't be told. */
function neededFor(argv: readonly string[]): readonly CommandName[] {
  const name = argv.find((word, index) => !word.startsWith("-") && !takesValue(argv[index - 1]));
  if (name !== undefined && isCommand(name)) return [name];
  return argv[0] === "-V" || argv[0] === "--version" ? [] : allCommands;
}

function takesValue(word: string | undefined): boolean {
  return word === "--config" || word === "--server" || word === "--data" || word === "--secrets-key";
}

function version(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}
