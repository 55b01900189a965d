/** `signalbox init`: looks around, asks a few questions, writes a first configuration. */
import { existsSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";

import type { Command } from "commander";

import { explain } from "../../config/explain.ts";
import { loadConfiguration } from "../../config/load.ts";
import { schemaText } from "../config.ts";
import type { Said } from "../lint.ts";
import { count } from "../words.ts";
import type { Answers, Found } from "./answers.ts";
import { usualAnswers } from "./answers.ts";
import { detectUnit } from "./existing-unit.ts";
import { fileText } from "./file.ts";
import { detectProject } from "./project.ts";
import { ask, Left } from "./questions.ts";
import { detectRepository } from "./repository.ts";
import { detectSshHosts } from "./ssh-hosts.ts";

interface Options {
  readonly yes?: boolean;
  readonly force?: boolean;
  readonly output: string;
}

export function addInitCommand(program: Command): void {
  program
    .command("init")
    .description("write a first signalbox.yml for the project in this directory")
    .option("-y, --yes", "ask nothing; take what was found")
    .option("-f, --force", "overwrite an existing file")
    .option("-o, --output <file>", "the file to write", "signalbox.yml")
    .action(async (options: Options) => {
      const { text, exitCode } = await initialise(process.cwd(), options, askerFor(options));
      (exitCode === 0 ? process.stdout : process.stderr).write(`${text}\n`);
      process.exitCode = exitCode;
    });
}

type Asker = (found: Found) => Promise<Answers>;

/** Nobody is asked with --yes, or where nobody could answer. */
function askerFor({ yes = false }: Options): Asker {
  if (yes || !process.stdin.isTTY || !process.stdout.isTTY) return (found) => Promise.resolve(usualAnswers(found));
  return async (found) => ask(found, await import("@clack/prompts"));
}

export interface Surroundings {
  readonly sshConfig: string;
  readonly systemDirectory: string;
}

const usualSurroundings: Surroundings = {
  sshConfig: join(homedir(), ".ssh", "config"),
  systemDirectory: "/etc/systemd/system",
};

export async function initialise(
  directory: string,
  { output, force = false }: Options,
  asker: Asker,
  surroundings: Surroundings = usualSurroundings,
): Promise<Said> {
  const file = resolve(directory, output);
  if (existsSync(file) && !force) {
    return { text: `${output} exists already. Nothing was written; --force overwrites it.`, exitCode: 2 };
  }
  const found = lookAround(directory, surroundings);
  try {
    return write(found, await asker(found), file);
  } catch (error) {
    if (error instanceof Left) return { text: "Nothing was written.", exitCode: 130 };
    throw error;
  }
}

export function lookAround(directory: string, { sshConfig, systemDirectory }: Surroundings): Found {
  return {
    directory,
    project: detectProject(directory),
    repository: detectRepository(directory),
    sshHosts: detectSshHosts(sshConfig),
    unitOf: (service) => detectUnit(service, directory, systemDirectory),
  };
}

function write(found: Found, answers: Answers, file: string): Said {
  const text = fileText(found, answers);
  const { configuration, problems } = loadConfiguration(text, basename(file));
  if (configuration === undefined) {
    return { text: `${explain(problems)}\n\nNothing was written.`, exitCode: 2 };
  }
  writeFileSync(file, text);
  writeFileSync(join(dirname(file), "signalbox.schema.json"), `${schemaText()}\n`);
  const todo = text.match(/# TODO/g)?.length ?? 0;
  const { project, sshHosts } = found;
  return {
    text: [
      `Wrote ${basename(file)} for ${answers.service} (${project.kind === "unknown" ? "no build tool found" : project.kind}), and signalbox.schema.json for editors.`,
      ...(todo > 0
        ? [`${count(todo, "place")} in it ${todo === 1 ? "is" : "are"} marked TODO: those come first.`]
        : []),
      ...(sshHosts.length > 0
        ? [
            `ssh_config knows: ${sshHosts
              .map(({ name }) => name)
              .slice(0, 8)
              .join(", ")}.`,
          ]
        : []),
      `Next: signalbox lint, then signalbox hosts enroll ${answers.production[0]?.name ?? "NAME"}.`,
    ].join("\n"),
    exitCode: 0,
  };
}
