/** What the files of the commands have in common: how an action runs, and how examples stand in the help. */
import type { Command } from "commander";

import type { GlobalOptions } from "./session.ts";
import { Session } from "./session.ts";
import type { Shell } from "./shell.ts";

/** Where commands are hung up. `exitCode` is what the last action returned. */
export interface Cli {
  readonly program: Command;
  readonly shell: Shell;
  exitCode: number;
}

type Argument = string | undefined | readonly string[];

/** Runs a command's work in a session of its own; the exit code is what it returns. */
export function action<Options>(
  cli: Cli,
  work: (session: Session, options: Options & GlobalOptions, ...given: never[]) => Promise<number>,
): (...given: unknown[]) => Promise<void> {
  return async (...given) => {
    const command = given.at(-1) as Command;
    const options = command.optsWithGlobals<Options & GlobalOptions>();
    const session = new Session(cli.shell, options);
    try {
      cli.exitCode = await work(session, options, ...(command.processedArgs as Argument[] as never[]));
    } finally {
      await session.close();
    }
  };
}

/** The examples that each help text ends with; each is a whole command line. */
export function examples(command: Command, ...lines: readonly (readonly [line: string, does: string])[]): Command {
  const width = Math.max(...lines.map(([line]) => line.length));
  const text = lines.map(([line, does]) => `  ${line.padEnd(width)}  ${does}`).join("\n");
  exampleLines.set(command, [...(exampleLines.get(command) ?? []), ...lines.map(([line]) => line)]);
  return command.addHelpText("after", `\n${lines.length === 1 ? "Example" : "Examples"}:\n${text}`);
}

const exampleLines = new WeakMap<Command, readonly string[]>();

export function examplesOf(command: Command): readonly string[] {
  return exampleLines.get(command) ?? [];
}
