/**
 * The atom of change: one host goes from one release to another, or stays where it was.
 *
 * The host does it by itself (switch, stop, start, verify, revert) under a key that it never runs twice. From here
 * it is only begun and followed; when the link dies in the middle, asking again with the same key finds the result.
 */
import { digestOf } from "../core/digest.ts";
import type { Evidence, Outcome } from "../core/outcome.ts";
import { ADOPTED_RELEASE, NO_RELEASE, releaseTitle } from "../core/release.ts";
import type { HealthCheck } from "../core/service.ts";
import { CommandEnded } from "../ports/hosts.ts";
import { answers, ask, helper, outcomeOf, program, refusal } from "./ask.ts";
import type { StepContext, StepDefinition } from "./step.ts";

/**
 * Begins the activation (or finds it) and follows it to its end; where nothing was to be done there is no more to say.
 * Arguments: key, seconds, then those of `activate`.
 */
const beginAndFollow = `
helper=/usr/lib/signalbox/signalbox-helper key=$1 seconds=$2; shift 2
said=$(sudo -n "$helper" activate "$key" "$@"); code=$?
printf '%s\\n' "$said"
case $code:$said in
  0:*outcome=unchanged*) ;;
  0:*) exec sudo -n "$helper" follow "$key" 0 "$seconds" ;;
esac
exit "$code"
`;

/** Beyond what the health check and the stop are given: process starts, syncs, the revert's own work. */
const overheadSeconds = 60;
const busyRetrySeconds = 1;

export const activateRelease: StepDefinition<"activate-release"> = {
  kind: "activate-release",
  title: ({ hosts }) => `activate on ${hosts.length} ${hosts.length === 1 ? "host" : "hosts"}`,

  async perform(_step, context) {
    const options = activationOptions(context);
    const deadline = context.ports.clock.now() + 2 * longestSeconds(context) * 1000;
    try {
      for (;;) {
        const answer = await follow(context, options);
        if (answer.get("error") === "busy" && context.ports.clock.now() < deadline && !context.signal.aborted) {
          context.log("another activation of this service is still running on the host; waiting for it\n");
          await context.ports.clock.sleep(busyRetrySeconds * 1000, context.signal);
          continue;
        }
        if (answer.get("error") !== undefined)
          return { kind: "failed", message: answer.get("message") ?? answer.get("error")! };
        if (answer.get("state") === "done") return await outcomeFrom(context, answer);
        if (context.ports.clock.now() >= deadline)
          return { kind: "unknown", message: `the activation on ${context.host} has not ended` };
      }
    } catch (error) {
      if (error instanceof CommandEnded && error.because === "aborted" && context.isCalledOff())
        return callOff(context);
      return notTold(error);
    }
  },
};

/** Whoever asked was cut off, not the host: what it has begun it ends alone, so nobody may say that it did not work. */
function notTold(error: unknown): Outcome {
  return error instanceof CommandEnded ? { kind: "unknown", message: error.message } : outcomeOf(error, true);
}

async function follow(context: StepContext, options: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const seconds = longestSeconds(context);
  const result = await ask(context, {
    argv: program(beginAndFollow, context.key, String(seconds), ...options),
    limitSeconds: seconds + overheadSeconds,
    onOutput: (chunk, stream) => {
      if (stream === "stdout") context.log(chunk);
    },
  });
  const said = answers(result.stdout);
  if (result.code === 0 || said.has("error")) return said;
  return new Map([
    ["error", "helper"],
    ["message", refusal(result)],
  ]);
}

/** Everything the host needs to decide alone. */
function activationOptions(context: StepContext): readonly string[] {
  const { target, goal, deployment, installation, epoch } = context;
  const numbered = goal !== ADOPTED_RELEASE && goal !== NO_RELEASE;
  const { health, unit, port } = target;
  const options = [
    `installation=${installation}`,
    `deployment=${deployment.id}`,
    ...healthOptions(health),
    ...(port === undefined ? [] : [`port=${port}`]),
    `within=${health.withinSeconds}`,
    `successes=${health.successes}`,
    `stable=${health.stableSeconds}`,
    `stop-within=${unit.stopWithinSeconds}`,
    ...(health.versionPath === undefined || !numbered
      ? []
      : [`version-path=${health.versionPath}`, `version-expect=${goal!.split("-")[0]}`]),
    ...(deployment.request.kind === "restart" ? ["restart=yes"] : []),
  ];
  const digest = digestOf({ service: target.service, slot: target.slot, goal, options });
  return [digest, target.service, target.slot, goal!, `epoch=${epoch}`, ...options];
}

function healthOptions({ kind, path, argv }: HealthCheck): readonly string[] {
  if (kind === "http") return [`health=http:${path}`];
  return kind === "command" ? ["health=command", ...(argv ?? []).map((word) => `command=${word}`)] : [`health=${kind}`];
}

/** The longest an activation can take: forward, and back again. */
function longestSeconds({ target: { health, unit } }: StepContext): number {
  return 2 * (health.withinSeconds + health.stableSeconds + unit.stopWithinSeconds) + overheadSeconds;
}

async function outcomeFrom(context: StepContext, answer: ReadonlyMap<string, string>): Promise<Outcome> {
  const outcome = answer.get("outcome");
  if (outcome === "unchanged") return { kind: "done", changed: false, note: "was there already" };
  if (outcome === "activated") return { kind: "done", changed: true, note: activationNote(answer) };

  const evidence = await evidenceOf(context, answer);
  const message = failureMessage(context, answer, evidence);
  if (outcome === "reverted")
    return { kind: "reverted", message: `${message}; ${serves(answer)} serves again`, evidence };
  return { kind: "broken", message, evidence };
}

function activationNote(answer: ReadonlyMap<string, string>): string {
  const down = answer.get("down-ms");
  const killed = answer.get("killed") === "yes" ? "; the old process ignored SIGTERM and got SIGKILL" : "";
  return `${down === undefined ? "activated" : `down for ${inWords(Number(down))}`}${killed}`;
}

function inWords(milliseconds: number): string {
  return milliseconds < 1000 ? `${milliseconds} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}

function serves(answer: ReadonlyMap<string, string>): string {
  return releaseTitle(answer.get("release") ?? NO_RELEASE);
}

/** What went wrong, in words; a start that ended by itself has said why in its journal. */
function failureMessage(
  context: StepContext,
  answer: ReadonlyMap<string, string>,
  { reason: named, journal }: Evidence,
): string {
  const goal = releaseTitle(context.goal ?? NO_RELEASE);
  const end = earlyEnd(journal);
  // A slow restart may hide a crash loop until the time is over.
  const reason = end !== undefined && mayHaveCrashed.has(named) ? "crashed" : named;
  const why = answer.get("outcome") === "reverted" ? words(context, answer, reason) : undefined;
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
  { target: { health, port, service, slot }, goal }: StepContext,
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
      return `${health.versionPath} did not say that it is ${releaseTitle(goal ?? NO_RELEASE)}`;
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
async function evidenceOf(context: StepContext, answer: ReadonlyMap<string, string>): Promise<Evidence> {
  const invocation = answer.get("invocation") ?? "";
  const reason = answer.get("reason") ?? "failed";
  if (invocation === "") return { reason, journal: [] };
  const { service, slot } = context.target;
  const log = await context.ports.hosts
    .run(context.host, {
      argv: helper("journal", service, slot, `invocation=${invocation}`, "lines=200"),
      limitSeconds: 30,
    })
    .catch(() => undefined);
  context.log(log?.stdout ?? "");
  return { reason, journal: (log?.stdout ?? "").trimEnd().split("\n").slice(-200) };
}

/** The deployment is not wanted any more: the host ends the activation and decides by its local health. */
async function callOff(context: StepContext): Promise<Outcome> {
  try {
    const answer = await context.ports.hosts.run(context.host, {
      argv: helper("cancel", context.key),
      limitSeconds: longestSeconds(context) + overheadSeconds,
    });
    const said = answers(answer.stdout);
    if (said.get("state") === "done") return await outcomeFrom(context, said);
    return {
      kind: "unknown",
      message: `the activation on ${context.host} was called off, and it said: ${refusal(answer)}`,
    };
  } catch (error) {
    return notTold(error);
  }
}
