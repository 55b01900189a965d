/** Every command with the file that has it. A file is loaded when its command is used, or when all have to be shown. */
import type { Cli } from "./command.ts";

type Add = (cli: Cli) => void;

export const commands = {
  deploy: async () => (await import("./deploy.ts")).addDeployCommand,
  status: async () => (await import("./status.ts")).addStatusCommand,
  watch: async () => (await import("./watch.ts")).addWatchCommand,
} as const satisfies Readonly<Record<string, () => Promise<Add>>>;

export type CommandName = keyof typeof commands;

export function isCommand(name: string): name is CommandName {
  return Object.hasOwn(commands, name);
}

/** Hangs up one command, or all. */
export async function addCommands(cli: Cli, names: readonly CommandName[]): Promise<void> {
  const all = await Promise.all(names.map((name) => commands[name]()));
  for (const add of all) add(cli);
}
