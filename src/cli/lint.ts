/** `signalbox lint`: checks configuration files without a network. */
import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";

import type { Command } from "commander";

import { explain, tally } from "../config/explain.ts";
import type { Configuration } from "../config/load.ts";
import { loadConfiguration } from "../config/load.ts";
import type { Problem } from "../config/problems.ts";
import { checkServiceFile } from "../config/service-file.ts";
import { count } from "./words.ts";

export interface Linted {
  readonly file: string;
  readonly valid: boolean;
  readonly problems: readonly Problem[];
  readonly configuration?: Configuration;
}

/** What a command says and how it ends. */
export interface Said {
  readonly text: string;
  readonly exitCode: 0 | 2 | 130;
}

/** Looked for where the command is started when no file is named. */
export const usualFiles = ["signalbox.yml", "signalbox.service.yml"];

export function addLintCommand(program: Command): void {
  program
    .command("lint")
    .description("check configuration files without a network")
    .argument("[file...]", "server files, or service files named *.service.yml", [])
    .option("--json", "print the problems as one JSON object")
    .action((files: readonly string[], _options: unknown, command: Command) => {
      // The whole command line has these as well; wherever they stand, they count.
      const { json, config } = command.optsWithGlobals<{
        readonly json?: string | boolean;
        readonly config?: string;
      }>();
      const named = files.length > 0 || config === undefined ? files : [config];
      const { text, exitCode } = lint(named, { json: json !== undefined && json !== false });
      process.stdout.write(text);
      process.exitCode = exitCode;
    });
}

export function lint(files: readonly string[], { json = false }: { readonly json?: boolean } = {}): Said {
  const named = files.length > 0 ? files : usualFiles.filter((file) => existsSync(file));
  if (named.length === 0) {
    const text = `There is no ${usualFiles.join(" or ")} here. Name a file, or write one with signalbox init.\n`;
    return { text: json ? `${JSON.stringify({ valid: false, files: [] })}\n` : text, exitCode: 2 };
  }
  const linted = named.map(lintFile);
  const valid = linted.every((file) => file.valid);
  const report = linted.map(({ file, valid, problems }) => ({ file, valid, problems }));
  const text = json ? JSON.stringify({ valid, files: report }, null, 2) : linted.map(inWords).join("\n\n");
  return { text: `${text}\n`, exitCode: valid ? 0 : 2 };
}

export function lintFile(file: string): Linted {
  const text = readText(file);
  if (typeof text !== "string") return { file, valid: false, problems: [text] };
  if (/\.service\.ya?ml$/.test(basename(file))) {
    const problems = checkServiceFile(text, file);
    return { file, valid: problems.every(({ severity }) => severity === "warning"), problems };
  }
  const { configuration, problems } = loadConfiguration(text, file);
  return {
    file,
    valid: configuration !== undefined,
    problems,
    ...(configuration === undefined ? {} : { configuration }),
  };
}

function readText(file: string): string | Problem {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(readFileSync(file));
  } catch (error) {
    const reason = error instanceof TypeError ? "it is not UTF-8" : unreadable((error as NodeJS.ErrnoException).code);
    const message = `${file} can't be read: ${reason}.`;
    return { code: "SB-CONFIG-FILE", severity: "error", path: "", message };
  }
}

function unreadable(code: string | undefined): string {
  if (code === "ENOENT") return "there is no such file";
  return code === "EISDIR" ? "it is a directory; name the file in it" : String(code);
}

function inWords({ file, valid, problems, configuration }: Linted): string {
  const told = problems.length > 0 ? `${explain(problems)}\n\n` : "";
  if (!valid) return `${told}${file}: ${tally(problems)}`;
  const warned = problems.length > 0 ? ` (${tally(problems)})` : "";
  const { hosts, services, environments } = configuration ?? {};
  const size =
    configuration === undefined
      ? ""
      : `: ${count(hosts!.size, "host")}, ${count(services!.size, "service")}, ${count(environments!.size, "environment")}`;
  return `${told}${file} is valid${size}${warned}`;
}
