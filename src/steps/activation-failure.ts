/** Why an activation failed, in words, with what the host kept of it. */
import type { Evidence } from "../core/outcome.ts";
import { releaseTitle } from "../core/release.ts";
import type { HealthCheck, Target } from "../core/service.ts";
import { helper } from "./ask.ts";
import type { Activation } from "./slot-place.ts";
import type { StepContext } from "./step.ts";

/** What went wrong, in words; a start that ended by itself has said why in its journal. */
export function failureMessage(
  context: StepContext,
  activation: Activation,
  answer: ReadonlyMap<string, string>,
  { reason: named, journal }: Evidence,
): string {
  const goal = releaseTitle(activation.goal);
  const end = earlyEnd(journal);
  // A slow restart may hide a crash loop until the time is over.
  const reason = end !== undefined && mayHaveCrashed.has(named) ? "crashed" : named;
  const why = answer.get("outcome") === "reverted" ? words(context.target, activation, answer, reason) : undefined;
  const lastLine = endedByItself.has(reason) ? lastWord(journal) : undefined;
  return [
    why === undefined ? (answer.get("message") ?? "the activation failed") : `${goal} did not become healthy: ${why}`,
    ...(reason === "crashed" && end !== undefined ? [end] : []),
    ...(lastLine === undefined ? [] : [`last line of its journal: "${lastLine}"`]),
    ...(answer.get("killed") === "yes" ? ["a process ignored SIGTERM and got SIGKILL"] : []),
  ].join("; ");
}

const endedByItself: ReadonlySet<string> = new Set(["crashed", "start-failed", "restarted"]);
const mayHaveCrashed: ReadonlySet<string> = new Set(["never-healthy", "restarted"]);

/** Nothing for a reason that is not about health, such as an activation that was called off. */
function words(
  { health, service }: Target,
  { slot, port, goal }: Activation,
  answer: ReadonlyMap<string, string>,
  reason: string,
): string | undefined {
  const saw = answer.get("saw");
  switch (reason) {
    case "crashed":
      return "it crashed";
    case "restarted":
      return "systemd had to start it again";
    case "start-failed":
      return "systemd could not start it";
    case "never-healthy":
      return `${asked(health, port)} did not succeed ${times(health.successes)} within ${health.withinSeconds} s${saw ? ` (the last: ${saw})` : ""}`;
    case "wrong-version":
      return `${health.versionPath} did not say that it is ${releaseTitle(goal)}`;
    case "port-not-owned":
      return `port ${port} is held by a process that is not of ${service}@${slot}.service`;
    default:
      return undefined;
  }
}

function asked({ kind, path, argv }: HealthCheck, port: number | undefined): string {
  if (kind === "http") return `GET ${path} on port ${port}`;
  if (kind === "tcp") return `a connection to port ${port}`;
  return kind === "command" ? (argv ?? []).join(" ") : "being active";
}

function times(successes: number): string {
  return successes === 1 ? "once" : `${successes} times in a row`;
}

/** A line of the journal: time, host, who says it, what. */
const journalLine = /^\S+ \S+ ([^\s:[]+)(?:\[\d+\])?: (.*)$/;

/** The last thing that the service itself said; what systemd said about it only when it said nothing. */
function lastWord(journal: readonly string[]): string | undefined {
  const said = journal.flatMap((line) => {
    const [, who, text = line] = journalLine.exec(line) ?? [];
    return text.trim() === "" ? [] : [{ who, text }];
  });
  return (said.findLast(({ who }) => who !== "systemd") ?? said.at(-1))?.text;
}

/** How the main process ended before anybody asked it to. */
function earlyEnd(journal: readonly string[]): string | undefined {
  for (const line of journal) {
    if (/ systemd\[1\]: Stopping /.test(line)) return undefined;
    const [, code, number, name] =
      / systemd\[1\]: .*Main process exited, code=(\w+), status=(\d+)\/?(\w*)/.exec(line) ?? [];
    if (code === "exited") return `its process ended with status ${number}`;
    if (code !== undefined) return `its process was ended by signal ${name || number}`;
  }
  return undefined;
}

/** The journal of exactly the start that failed. */
export async function evidenceOf(
  context: StepContext,
  { slot }: Activation,
  answer: ReadonlyMap<string, string>,
): Promise<Evidence> {
  const invocation = answer.get("invocation") ?? "";
  const reason = answer.get("reason") ?? "failed";
  if (invocation === "") return { reason, journal: [] };
  const { service } = context.target;
  const log = await context.ports.hosts
    .run(context.host, {
      argv: helper("journal", service, slot, `invocation=${invocation}`, "lines=200"),
      limitSeconds: 30,
    })
    .catch(() => undefined);
  context.log(log?.stdout ?? "");
  return { reason, journal: (log?.stdout ?? "").trimEnd().split("\n").slice(-200) };
}
