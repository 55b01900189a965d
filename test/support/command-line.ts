/** The real executable as a child process, as a user or a script runs it. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import path from "node:path";

const main = path.join(import.meta.dirname, "..", "..", "src", "main.ts");

export interface Said {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that goes on while the story does. */
export interface Going {
  readonly child: ChildProcess;
  readonly ended: Promise<Said>;
  /** Returns when standard error or standard output has had this text. */
  says(text: string): Promise<void>;
}

export class CommandLine {
  readonly #options: readonly string[];

  constructor({ configFile, dataDirectory }: { readonly configFile: string; readonly dataDirectory: string }) {
    this.#options = ["--config", configFile, "--data", dataDirectory];
  }

  /** Runs a command to its end. */
  run(args: readonly string[], env: Readonly<Record<string, string>> = {}, input?: string): Promise<Said> {
    return this.begin(args, env, input).ended;
  }

  begin(args: readonly string[], env: Readonly<Record<string, string>> = {}, input?: string): Going {
    const child = spawn(process.execPath, [main, ...this.#options, ...args], {
      env: { PATH: process.env["PATH"], HOME: process.env["HOME"], ...env },
      stdio: "pipe",
    });
    child.stdin.on("error", () => {}).end(input);
    const said = { stdout: "", stderr: "" };
    const heard = new EventTarget();
    for (const name of ["stdout", "stderr"] as const) {
      child[name].setEncoding("utf8").on("data", (text: string) => {
        said[name] += text;
        heard.dispatchEvent(new Event("text"));
      });
    }
    const ended = once(child, "close").then(([code]) => ({ code: code as number | null, ...said }));
    return { child, ended, says: async (text) => hears(text, said, heard, ended) };
  }
}

async function hears(
  text: string,
  said: { readonly stdout: string; readonly stderr: string },
  heard: EventTarget,
  ended: Promise<Said>,
): Promise<void> {
  let isOver = false;
  void ended.then(() => {
    isOver = true;
    heard.dispatchEvent(new Event("text"));
  });
  while (!said.stdout.includes(text) && !said.stderr.includes(text)) {
    if (isOver) throw new Error(`the command ended without saying ${JSON.stringify(text)}: ${JSON.stringify(said)}`);
    await once(heard, "text");
  }
}
