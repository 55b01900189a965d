/** The commands as plain data, for scripts in other languages. */
import type { Command, Option } from "commander";

/** What may stand somewhere: fixed words, names from the configuration, a file, or something that can't be guessed. */
export type Values = readonly string[] | "service" | "environment" | "host" | "file" | "any";

export interface TreeOption {
  readonly long: string;
  readonly short?: string;
  readonly about: string;
  /** Absent for a switch. */
  readonly values?: Values;
}

export interface TreeCommand {
  readonly name: string;
  readonly about: string;
  readonly options: readonly TreeOption[];
  readonly commands: readonly TreeCommand[];
  /** What its first argument can be. */
  readonly argument?: Values;
}

export function treeOf(command: Command): TreeCommand {
  const { visibleCommands, visibleOptions } = visible(command);
  const [argument] = command.registeredArguments;
  return {
    name: command.name(),
    about: command.description(),
    options: visibleOptions.map(optionOf),
    commands: visibleCommands.map(treeOf),
    ...(argument === undefined ? {} : { argument: argument.argChoices ?? argumentValues(command, argument.name()) }),
  };
}

function visible(command: Command): {
  readonly visibleCommands: readonly Command[];
  readonly visibleOptions: readonly Option[];
} {
  const help = command.createHelp();
  return {
    visibleCommands: help.visibleCommands(command).filter((inner) => inner.name() !== "help"),
    visibleOptions: help.visibleOptions(command),
  };
}

function optionOf(option: Option): TreeOption {
  const { long, short, description, required, argChoices } = option;
  return {
    long: long ?? `--${option.name()}`,
    about: description,
    ...(short === undefined ? {} : { short }),
    ...(required ? { values: argChoices ?? optionValues(long ?? "") } : {}),
  };
}

function optionValues(long: string): Values {
  if (long === "--env") return "environment";
  if (long === "--host") return "host";
  if (long === "--service") return "service";
  return ["--config", "--data", "--secrets-key", "--artifact", "--output"].includes(long) ? "file" : "any";
}

function argumentValues(command: Command, name: string): Values {
  if (name === "service") return "service";
  if (name === "host" || command.parent?.name() === "hosts") return "host";
  return name === "file" ? "file" : "any";
}
