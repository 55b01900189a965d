/** Asking a host for something: commands as values, answers as `key=value` lines. */
import type { Outcome } from "../core/outcome.ts";
import { CommandEnded, HostUnreachable } from "../ports/hosts.ts";
import type { Command, CommandResult, UnreachableCause } from "../ports/hosts.ts";
import { ProxyFailed } from "../ports/traffic.ts";
import type { StepContext } from "./step.ts";

/** Where `signalbox hosts prepare` puts the one program that runs as root. */
const helperPath = "/usr/lib/signalbox/signalbox-helper";

/** The argument list that calls the helper. */
export function helper(command: string, ...args: string[]): readonly [string, ...string[]] {
  return ["sudo", "-n", helperPath, command, ...args];
}

/** A constant POSIX sh program with its arguments; nothing is ever pasted into the text. */
export function program(text: string, ...args: string[]): readonly [string, ...string[]] {
  return ["sh", "-c", text, "signalbox", ...args];
}

/** Runs one command on the step's host; its standard error goes to the log. */
export function ask(context: StepContext, command: Omit<Command, "signal">): Promise<CommandResult> {
  return context.ports.hosts.run(context.host, {
    ...command,
    signal: context.signal,
    onOutput: (chunk, stream) => {
      if (stream === "stderr") context.log(chunk, "stderr");
      command.onOutput?.(chunk, stream);
    },
  });
}

/** The last `key=value` of each key. */
export function answers(stdout: string): ReadonlyMap<string, string> {
  const result = new Map<string, string>();
  for (const line of stdout.split("\n")) {
    const at = line.indexOf("=");
    if (at > 0) result.set(line.slice(0, at), line.slice(at + 1));
  }
  return result;
}

/** Why the helper or a program of ours said no, in one sentence. */
export function refusal({ code, stdout, stderr }: CommandResult): string {
  const answer = answers(stdout);
  const message = answer.get("message") ?? stderr.trim().split("\n").at(-1) ?? "";
  const error = answer.get("error");
  if (/sudo: a password is required|sudo: .*not found|signalbox-helper: (command )?not found/.test(stderr)) {
    return "the helper is not installed for this login; run: signalbox hosts prepare";
  }
  return error === undefined ? `exit status ${code}: ${message}` : `${message || error} (${error})`;
}

const permanentCauses: ReadonlySet<UnreachableCause> = new Set([
  "host-key-changed",
  "host-key-unknown",
  "permission-denied",
  "name-not-found",
  "not-a-posix-shell",
]);

/**
 * The outcome of an error that a port threw while a step ran.
 *
 * @param mayHaveBegun whether something could have changed on the host once the command was sent
 */
export function outcomeOf(error: unknown, mayHaveBegun: boolean): Outcome {
  if (error instanceof HostUnreachable) {
    if (error.sent && mayHaveBegun) return { kind: "unknown", message: error.message };
    return { kind: "unreachable", message: error.message, permanent: permanentCauses.has(error.because) };
  }
  if (error instanceof ProxyFailed) {
    if (error.mayHaveChanged && mayHaveBegun) return { kind: "unknown", message: error.message };
    return { kind: "unreachable", message: error.message, permanent: false };
  }
  if (error instanceof CommandEnded) {
    const why = error.because === "limit" ? error.message : "it was called off";
    return { kind: "failed", message: why };
  }
  return { kind: "failed", message: error instanceof Error ? error.message : String(error) };
}
