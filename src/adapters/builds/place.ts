/** Somewhere to build: it runs argument lists, as a host does, and has a directory for workspaces. */
import type { Command, CommandResult, Hosts } from "../../ports/hosts.ts";

export interface Place {
  /** For people: `the server`, or the host's name. */
  readonly title: string;
  /** The directory of all workspaces; empty for the one below the login's cache. */
  readonly workspaces: string;
  /** As `Hosts.run`. */
  run(command: Command): Promise<CommandResult>;
}

export function hostPlace(hosts: Pick<Hosts, "run">, host: string): Place {
  return { title: host, workspaces: "", run: (command) => hosts.run(host, command) };
}
