/** What the demo shows: words about what comes, and commands as a user types them. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";

import type { Workshop } from "../workshop.ts";

const main = path.join(import.meta.dirname, "..", "..", "src", "main.ts");

export function say(text: string): void {
  process.stdout.write(`\n${text}\n`);
}

/** Ctrl-C at any time: what was started is taken down first. */
export class Interrupted extends Error {}

export const untilInterrupted = new Promise<never>((_, reject) => {
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => reject(new Interrupted()));
});
untilInterrupted.catch(() => {});

/** Runs the command line at the server's socket, and shows what was typed; gives its exit code. */
export async function atServer(workshop: Workshop, ...args: readonly string[]): Promise<number> {
  return run(["--config", workshop.configFile, "--data", workshop.dataDirectory], {}, args);
}

/** The same from a person's own machine, with a token of theirs. */
export async function fromAfar(
  { url, token }: { readonly url: string; readonly token: string },
  ...args: readonly string[]
): Promise<number> {
  return run([], { SIGNALBOX_SERVER: url, SIGNALBOX_TOKEN: token }, args);
}

async function run(
  options: readonly string[],
  env: Readonly<Record<string, string>>,
  args: readonly string[],
): Promise<number> {
  process.stdout.write(`\n$ signalbox ${args.join(" ")}\n`);
  const child = spawn(process.execPath, [main, ...args, ...options], {
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, ...env },
  });
  const [code] = (await once(child, "exit")) as [number | null];
  return code ?? 1;
}
