/** The shell of the running process. */
import type { Output, Shell } from "./shell.ts";
import { connect } from "./connect.ts";
import { readSecret } from "./read-secret.ts";

export function processShell(): Shell {
  return {
    out: output(process.stdout),
    err: output(process.stderr),
    env: process.env,
    now: () => Date.now(),
    after(milliseconds, work) {
      const timer = setTimeout(work, milliseconds);
      return () => clearTimeout(timer);
    },
    onInterrupt(listener) {
      process.on("SIGINT", listener);
      return () => void process.off("SIGINT", listener);
    },
    readSecret: async (prompt) => readSecret(prompt, process.stdin, (text) => void process.stderr.write(text)),
    confirm,
    connect,
  };
}

/** Anything but a yes is a no. */
async function confirm(question: string): Promise<boolean | undefined> {
  const { stdin, stderr } = process;
  if (!stdin.isTTY || !stderr.isTTY) return undefined;
  const { createInterface } = await import("node:readline/promises");
  const lines = createInterface({ input: stdin, output: stderr });
  try {
    const ended = new Promise<string>((resolve) => lines.once("close", () => resolve("")));
    const answer = await Promise.race([lines.question(`${question} [y/N] `), ended]);
    return /^(?:y|yes|예|네)$/i.test(answer.trim());
  } finally {
    lines.close();
  }
}

function output(stream: NodeJS.WriteStream): Output {
  // The reader of a pipe may leave early, as `head` does; that is no mistake.
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
  return {
    write: (text) => void stream.write(text),
    isTerminal: stream.isTTY === true,
    get columns() {
      return stream.columns ?? 80;
    },
    get rows() {
      return stream.rows ?? 24;
    },
  };
}
