/** Any error as text for people, and the exit code that scripts read. */
import type { ProblemView } from "../api/views.ts";
import { Refused, ServerUnreachable } from "../api/client.ts";
import type { Problem } from "../config/problems.ts";
import { exitCodes } from "../core/exit-code.ts";
import { SettingsRefused, UnknownName } from "../core/settings.ts";
import { safeLine, safeLines } from "./safe-text.ts";
import { Stopped } from "./stopped.ts";
import type { Style } from "./style.ts";
import { paint } from "./style.ts";

/** What went wrong, the same for people and for scripts. */
export interface Told {
  readonly what: string;
  readonly safe?: string;
  readonly next?: string;
  readonly code?: string;
  /** Text that is laid out already, such as places in a configuration file. */
  readonly body?: string;
  readonly exitCode: number;
}

export async function tell(error: unknown): Promise<Told> {
  if (error instanceof Stopped) return stopped(error);
  if (error instanceof Refused) return refused(error.problem);
  if (error instanceof ServerUnreachable) {
    return {
      what: error.message,
      safe: "Deployments that the server has taken go on without this command.",
      next: "check the address and that the server runs; signalbox history shows whether a request arrived",
      exitCode: exitCodes.unreachableBeforeAnyChange,
    };
  }
  if (isConfigurationError(error)) {
    const { explain, tally } = await import("../config/explain.ts");
    return {
      what: `the configuration has ${tally(error.problems)}`,
      safe: "Nothing was changed.",
      body: explain(error.problems),
      exitCode: exitCodes.usage,
    };
  }
  if (error instanceof SettingsRefused) {
    return {
      what: "the configuration can't be used",
      safe: "Nothing was changed.",
      body: error.message,
      exitCode: exitCodes.usage,
    };
  }
  if (error instanceof Error && error.name === "HostUnreachable") {
    return { what: error.message, safe: "Nothing was changed.", exitCode: exitCodes.unreachableBeforeAnyChange };
  }
  if (error instanceof UnknownName) {
    return { what: error.message, safe: "Nothing was changed.", exitCode: exitCodes.usage };
  }
  if (error instanceof Error && error.name === "StoreBusy") {
    return { what: error.message, safe: "Nothing was changed.", exitCode: exitCodes.refused };
  }
  if (error instanceof Error && error.name === "NoBackup") {
    return { what: error.message, safe: "Nothing was changed.", exitCode: exitCodes.usage };
  }
  return unexpected(error);
}

function stopped({ message, safe, next, code, exitCode }: Stopped): Told {
  return {
    what: message,
    exitCode,
    ...(safe === undefined ? {} : { safe }),
    ...(next === undefined ? {} : { next }),
    ...(code === undefined ? {} : { code }),
  };
}

function refused(problem: ProblemView): Told {
  const { title, detail, next, code } = problem;
  return {
    what: title === "" || title === code || detail.startsWith(title) ? detail : `${title}: ${detail}`,
    code,
    ...(next === null ? {} : { next }),
    exitCode: exitCodeOfProblem(problem),
  };
}

/** 3 where a person may not, 5 where a rule says not now, 2 where the request itself is wrong. */
export function exitCodeOfProblem({ status, code }: Pick<ProblemView, "status" | "code">): number {
  if (code === "SB-API-APPROVAL") return exitCodes.refused;
  // The request is over: rejected, expired, withdrawn, or decided by somebody else.
  if (code === "SB-API-ENDED" || code === "SB-API-TOO-LATE") return exitCodes.notAllowedOrOvertaken;
  if (status === 401 || status === 403) return exitCodes.notAllowedOrOvertaken;
  if (status === 409 || status === 412 || status === 423 || status === 429) return exitCodes.refused;
  if (status === 502 || status === 503 || status === 504) return exitCodes.unreachableBeforeAnyChange;
  return status >= 500 ? exitCodes.needsAPerson : exitCodes.usage;
}

function isConfigurationError(error: unknown): error is Error & { readonly problems: readonly Problem[] } {
  return error instanceof Error && error.name === "ConfigurationError" && "problems" in error;
}

/** Errors that have no place of their own yet: those of the system are told as they are, all others are our mistake. */
function unexpected(error: unknown): Told {
  const message = error instanceof Error ? error.message : String(error);
  const isOfTheSystem = error instanceof Error && "syscall" in error;
  if (isOfTheSystem) return { what: message, exitCode: exitCodes.usage };
  return {
    what: message,
    next: "run it again with -v to see where it happened; signalbox status shows how things stand",
    exitCode: exitCodes.needsAPerson,
  };
}

export function problemText({ what, safe, next, code, body }: Told, style: Style): string {
  const [first, ...rest] = safeLines(what);
  const lines = [
    `${paint("bad", "error:", style)} ${first}${code === undefined ? "" : `   ${safeLine(code)}`}`,
    ...rest.map((line) => `  ${line.trim()}`),
    ...(body === undefined ? [] : ["", body, ""]),
    ...(safe === undefined ? [] : [`  ${safeLine(safe)}`]),
    ...(next === undefined ? [] : [`  Next: ${safeLine(next)}`]),
  ];
  return `${lines.join("\n")}\n`;
}
