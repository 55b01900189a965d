/** `signalbox completion`: a completion script for a shell, made from the commands that there are. */
import { Argument } from "commander";

import type { Cli } from "./command.ts";
import { action, examples } from "./command.ts";
import { scripts, shells } from "./completion/scripts.ts";
import { treeOf } from "./completion/tree.ts";
import { namesOf } from "./configuration-names.ts";
import type { Session } from "./session.ts";

export function addCompletionCommand(cli: Cli): void {
  const command = cli.program
    .command("completion")
    .description("print a completion script for a shell")
    .addArgument(new Argument("<shell>", "which shell").choices(shells))
    .action(action(cli, (session, _options, shell: (typeof shells)[number]) => completion(session, shell)));
  examples(
    command,
    ["signalbox completion bash", "as /etc/bash_completion.d/signalbox"],
    ["signalbox completion zsh", "as _signalbox in a directory of $fpath"],
    ["signalbox completion fish", "as ~/.config/fish/completions/signalbox.fish"],
  );
}

async function completion(session: Session, shell: (typeof shells)[number]): Promise<number> {
  const { wholeProgram } = await import("./program.ts");
  session.out.write(scripts[shell](treeOf(await wholeProgram(session.shell))));
  return 0;
}

/** What the scripts call for names. */
export function addCompleteCommand(cli: Cli): void {
  const command = cli.program
    .command("__complete", { hidden: true })
    .argument("<kind>", "service, environment or host")
    .action(
      action(cli, async ({ out, options }: Session, _options, kind: string) => {
        out.write((await namesOf(kind, options.config)).map((name) => `${name}\n`).join(""));
        return 0;
      }),
    );
  examples(command, ["signalbox __complete service", "one name a line"]);
}
