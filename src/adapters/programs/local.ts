/** Programs on the server itself, in a clean environment, ended as a whole group. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { tmpdir } from "node:os";

import type { ProgramOptions, Programs } from "../../ports/programs.ts";

const searchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const graceMilliseconds = 5_000;
/** What a program wrote before its end has arrived by then. */
const drainMilliseconds = 1_000;
const signalNumbers: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };

export const localPrograms: Programs = {
  run([program, ...args], { variables, limitSeconds, signal, onOutput }: ProgramOptions): Promise<number> {
    return new Promise((resolve, reject) => {
      const child = spawn(program!, args, {
        cwd: tmpdir(),
        env: { PATH: searchPath, LANG: "C.UTF-8", ...variables },
        detached: true,
        stdio: ["ignore", "pipe", "pipe"],
      });
      const end = (): void => {
        endGroup(child, "SIGTERM");
        setTimeout(() => endGroup(child, "SIGKILL"), graceMilliseconds).unref();
      };
      const limit = setTimeout(end, limitSeconds * 1000);
      signal.addEventListener("abort", end, { once: true });
      if (signal.aborted) end();
      const settle = (): void => {
        clearTimeout(limit);
        signal.removeEventListener("abort", end);
      };
      const output = [child.stdout, child.stderr];
      child.stdout.setEncoding("utf8").on("data", (text: string) => onOutput(text, "stdout"));
      child.stderr.setEncoding("utf8").on("data", (text: string) => onOutput(text, "stderr"));
      child.once("error", (error) => {
        settle();
        reject(error);
      });
      // Whoever it left behind may keep its output open for ever; nobody listens to that.
      child.once("exit", () => {
        setTimeout(() => output.forEach((stream) => stream.destroy()), drainMilliseconds).unref();
      });
      child.once("close", (code, ended) => {
        settle();
        resolve(code ?? 128 + (signalNumbers[ended ?? ""] ?? 0));
      });
    });
  },
};

function endGroup({ pid }: ChildProcess, name: "SIGTERM" | "SIGKILL"): void {
  try {
    if (pid !== undefined) process.kill(-pid, name);
  } catch {
    // The group has ended by itself.
  }
}
