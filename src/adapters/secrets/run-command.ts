/** Runs a program that prints a secret: a clean environment, a limit, a size cap, and nothing left when it is over. */
import { spawn } from "node:child_process";
import { tmpdir } from "node:os";

export interface CommandRun {
  readonly argv: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  readonly limitSeconds: number;
  readonly mostBytes: number;
  readonly signal: AbortSignal;
}

export type CommandResult =
  | { readonly kind: "printed"; readonly output: Buffer }
  | { readonly kind: "exited"; readonly status: number }
  | { readonly kind: "killed"; readonly by: string }
  | { readonly kind: "ended"; readonly why: "limit" | "aborted" | "too-much" }
  | { readonly kind: "not-started"; readonly code: string };

const searchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const graceMilliseconds = 2_000;

/** What it writes to its error output is not read: some programs print there what they were asked for. */
export function runCommand({ argv, variables, limitSeconds, mostBytes, signal }: CommandRun): Promise<CommandResult> {
  const [program = "", ...rest] = argv;
  if (signal.aborted) return Promise.resolve({ kind: "ended", why: "aborted" });
  return new Promise((resolve) => {
    const child = spawn(program, rest, {
      cwd: tmpdir(),
      env: { PATH: searchPath, LANG: "C.UTF-8", ...variables },
      detached: true,
      stdio: ["ignore", "pipe", "ignore"],
    });
    const output: Buffer[] = [];
    let bytes = 0;
    let ended: "limit" | "aborted" | "too-much" | undefined;
    let killer: NodeJS.Timeout | undefined;
    const end = (why: typeof ended): void => {
      if (ended !== undefined) return;
      ended = why;
      killGroup(child.pid, "SIGTERM");
      killer = setTimeout(() => {
        killGroup(child.pid, "SIGKILL");
        child.stdout.destroy();
      }, graceMilliseconds);
    };
    const limit = setTimeout(() => end("limit"), limitSeconds * 1000);
    const aborted = (): void => end("aborted");
    signal.addEventListener("abort", aborted, { once: true });
    const settle = (result: CommandResult): void => {
      clearTimeout(limit);
      clearTimeout(killer);
      signal.removeEventListener("abort", aborted);
      resolve(result);
    };
    child.stdout.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > mostBytes) end("too-much");
      else output.push(chunk);
    });
    child.once("error", (error: NodeJS.ErrnoException) => settle({ kind: "not-started", code: error.code ?? "" }));
    child.once("close", (status, by) => {
      // Nobody of the group goes on with a secret in hand.
      killGroup(child.pid, "SIGKILL");
      if (ended !== undefined) settle({ kind: "ended", why: ended });
      else if (by !== null) settle({ kind: "killed", by });
      else if (status !== 0) settle({ kind: "exited", status: status ?? 1 });
      else settle({ kind: "printed", output: Buffer.concat(output) });
    });
  });
}

function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // The group has ended by itself.
  }
}
