/** Runs a program of the machine and hands back what it said. */
import { spawn } from "node:child_process";

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Options {
  readonly input?: string | Buffer;
}

/** Runs to the end and reports any exit code; arguments are a list, there is no shell in between. */
export function attempt(argv: readonly string[], options: Options = {}): Promise<CommandResult> {
  const [program, ...rest] = argv;
  if (program === undefined) throw new Error("a command needs a program");
  return new Promise((resolve, reject) => {
    const child = spawn(program, rest, { stdio: ["pipe", "pipe", "pipe"] });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    child.on("error", (error) => reject(new Error(`could not start ${program}: ${error.message}`)));
    child.on("close", (code, signal) =>
      resolve({
        code: code ?? (signal === "SIGKILL" ? 137 : 1),
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
      }),
    );
    // A program that ends without reading its input is no error of ours.
    child.stdin.on("error", () => {});
    child.stdin.end(options.input);
  });
}

/** Runs a command that has to succeed; its output, or an error that quotes the command and what it said. */
export async function must(argv: readonly string[], options: Options = {}): Promise<string> {
  const { code, stdout, stderr } = await attempt(argv, options);
  if (code !== 0) {
    throw new Error(`"${argv.join(" ")}" ended with ${code}: ${(stderr.trim() || stdout.trim()).slice(-2000)}`);
  }
  return stdout;
}

/** Asks again until the answer is there; `what` completes the sentence "gave up waiting until ...". */
export async function until<T>(
  what: string,
  withinSeconds: number,
  ask: () => Promise<T | undefined> | T | undefined,
): Promise<T> {
  const deadline = performance.now() + withinSeconds * 1000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > deadline) throw new Error(`gave up waiting until ${what} (${withinSeconds} s)`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Works on all items, at most `atOnce` of them at a time, and keeps their order. */
export async function inParallel<T, R>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++;
      results[index] = await work(items[index] as T);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  return results;
}
