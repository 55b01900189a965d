/** Programs on the server itself, in a clean environment, ended as a whole group. */
import { spawn } from "node:child_process";
import { tmpdir } from "node:os";

import type { ProgramOptions, Programs } from "../../ports/programs.ts";

const searchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const graceMilliseconds = 5_000;
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
      const endGroup = (name: "SIGTERM" | "SIGKILL"): void => {
        try {
          if (child.pid !== undefined) process.kill(-child.pid, name);
        } catch {
          // The group has ended by itself.
        }
      };
      const end = (): void => {
        endGroup("SIGTERM");
        setTimeout(() => endGroup("SIGKILL"), graceMilliseconds).unref();
      };
      const limit = setTimeout(end, limitSeconds * 1000);
      signal.addEventListener("abort", end, { once: true });
      child.stdout.setEncoding("utf8").on("data", onOutput);
      child.stderr.setEncoding("utf8").on("data", onOutput);
      child.once("error", reject);
      child.once("close", (code, ended) => {
        clearTimeout(limit);
        signal.removeEventListener("abort", end);
        resolve(code ?? 128 + (signalNumbers[ended ?? ""] ?? 0));
      });
    });
  },
};
