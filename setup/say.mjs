/** One line about what is being done and why; the tools' own output goes to the log. */
import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const log = join(root, ".signalbox", "setup.log");

export const say = (line) => process.stdout.write(`${line}\n`);

/** Runs a tool with its output in the log; false, with the end of the log shown, when it fails. */
export async function quietly(command, args, env = process.env) {
  mkdirSync(dirname(log), { recursive: true });
  const output = openSync(log, "w");
  const code = await run(command, args, { env, stdio: ["ignore", output, output] });
  closeSync(output);
  if (code !== 0) {
    say(`"${command} ${args.join(" ")}" ended with ${code}; the end of ${log}:`);
    say(readFileSync(log, "utf8").trimEnd().split("\n").slice(-30).join("\n"));
  }
  return code === 0;
}

/** Runs a program in the foreground and hands on what tells it to stop; its exit code. */
export function run(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: "inherit", ...options });
    // A terminal sends Ctrl-C to the child as well, and a second one would mean "at once, without tidying up".
    const forward = (signal) => (signal === "SIGINT" && process.stdin.isTTY ? undefined : child.kill(signal));
    const signals = ["SIGINT", "SIGTERM"];
    for (const signal of signals) process.on(signal, forward);
    const end = (code) => {
      for (const signal of signals) process.off(signal, forward);
      resolve(code);
    };
    child.on("error", (error) => {
      say(`could not start ${command}: ${error.message}`);
      end(127);
    });
    child.on("close", (code, signal) => end(code ?? (signal === "SIGINT" ? 130 : 143)));
  });
}
