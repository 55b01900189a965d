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

/** Begins the activation (or finds it) and follows it to its end. Arguments: key, seconds, then those of `activate`. */
const beginAndFollow = `
helper=/usr/lib/signalbox/signalbox-helper key=$1 seconds=$2; shift 2
sudo -n "$helper" activate "$key" "$@" || exit
exec sudo -n "$helper" follow "$key" 0 "$seconds"
`;

/** Beyond what the health check and the stop are given: process starts, syncs, the revert's own work. */
const overheadSeconds = 60;
const busyRetrySeconds = 1;

export const activateRelease: StepDefinition<"activate-release"> = {
  kind: "activate-release",
  title: ({ hosts }) => `activate on ${hosts.length} host(s)`,

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
      if (error instanceof CommandEnded && error.because === "aborted") return callOff(context);
      return outcomeOf(error, true);
    }
  },
};

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
  const lastLine = evidence.journal.findLast((line) => line.trim() !== "");
  const message = [
    answer.get("message") ?? answer.get("reason") ?? "the activation failed",
    ...(lastLine === undefined ? [] : [`last line of its journal: "${lastLine}"`]),
  ].join("; ");
  if (outcome === "reverted")
    return { kind: "reverted", message: `${message}; ${serves(answer)} serves again`, evidence };
  return { kind: "broken", message, evidence };
}

function activationNote(answer: ReadonlyMap<string, string>): string {
  const down = answer.get("down-ms");
  const killed = answer.get("killed") === "yes" ? "; the old process ignored SIGTERM and got SIGKILL" : "";
  return `${down === undefined ? "activated" : `down for ${down} ms`}${killed}`;
}

function serves(answer: ReadonlyMap<string, string>): string {
  return releaseTitle(answer.get("release") ?? NO_RELEASE);
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
    return outcomeOf(error, true);
  }
}
