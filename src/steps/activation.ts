/**
 * The atom of change: one host goes from one release to another, or stays where it was.
 *
 * The host does it by itself (switch, stop, start, verify, revert) under a key that it never runs twice. From here
 * it is only begun and followed; when the link dies in the middle, asking again with the same key finds the result.
 */
import { digestOf } from "../core/digest.ts";
import type { Outcome } from "../core/outcome.ts";
import { ADOPTED_RELEASE, NO_RELEASE, releaseTitle } from "../core/release.ts";
import type { HealthCheck, Target } from "../core/service.ts";
import { CommandEnded } from "../ports/hosts.ts";
import { evidenceOf, failureMessage } from "./activation-failure.ts";
import { answers, ask, helper, outcomeOf, program, refusal } from "./ask.ts";
import type { Activation } from "./slot-place.ts";
import type { StepContext } from "./step.ts";

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

/** Brings a slot of the step's host to what it is to serve. */
export async function activate(context: StepContext, activation: Activation): Promise<Outcome> {
  const options = activationOptions(context, activation);
  const deadline = context.ports.clock.now() + 2 * longestActivationSeconds(context.target) * 1000;
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
      if (answer.get("state") === "done") return await outcomeFrom(context, activation, answer);
      if (context.ports.clock.now() >= deadline)
        return { kind: "unknown", message: `the activation on ${context.host} has not ended` };
    }
  } catch (error) {
    if (error instanceof CommandEnded && error.because === "aborted" && context.isCalledOff())
      return callOff(context, activation);
    return notTold(error);
  }
}

/** Whoever asked was cut off, not the host: what it has begun it ends alone, so nobody may say that it did not work. */
function notTold(error: unknown): Outcome {
  return error instanceof CommandEnded ? { kind: "unknown", message: error.message } : outcomeOf(error, true);
}

async function follow(context: StepContext, options: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const seconds = longestActivationSeconds(context.target);
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
function activationOptions(context: StepContext, { slot, goal, port }: Activation): readonly string[] {
  const { target, deployment, installation, epoch } = context;
  const numbered = goal !== ADOPTED_RELEASE && goal !== NO_RELEASE;
  const { health, unit } = target;
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
      : [`version-path=${health.versionPath}`, `version-expect=${goal.split("-")[0]}`]),
    ...(deployment.request.kind === "restart" ? ["restart=yes"] : []),
  ];
  const digest = digestOf({ service: target.service, slot, goal, options });
  return [digest, target.service, slot, goal, `epoch=${epoch}`, ...options];
}

function healthOptions({ kind, path, argv }: HealthCheck): readonly string[] {
  if (kind === "http") return [`health=http:${path}`];
  return kind === "command" ? ["health=command", ...(argv ?? []).map((word) => `command=${word}`)] : [`health=${kind}`];
}

/** The longest an activation can take: forward, and back again. */
export function longestActivationSeconds({ health, unit }: Pick<Target, "health" | "unit">): number {
  return 2 * (health.withinSeconds + health.stableSeconds + unit.stopWithinSeconds) + overheadSeconds;
}

async function outcomeFrom(
  context: StepContext,
  activation: Activation,
  answer: ReadonlyMap<string, string>,
): Promise<Outcome> {
  const outcome = answer.get("outcome");
  if (outcome === "unchanged") return { kind: "done", changed: false, note: "was there already" };
  if (outcome === "activated") return { kind: "done", changed: true, note: activationNote(answer) };

  const evidence = await evidenceOf(context, activation, answer);
  const message = failureMessage(context, activation, answer, evidence);
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

/** The deployment is not wanted any more: the host ends the activation and decides by its local health. */
async function callOff(context: StepContext, activation: Activation): Promise<Outcome> {
  try {
    const answer = await context.ports.hosts.run(context.host, {
      argv: helper("cancel", context.key),
      limitSeconds: longestActivationSeconds(context.target) + overheadSeconds,
    });
    const said = answers(answer.stdout);
    if (said.get("state") === "done") return await outcomeFrom(context, activation, said);
    return {
      kind: "unknown",
      message: `the activation on ${context.host} was called off, and it said: ${refusal(answer)}`,
    };
  } catch (error) {
    return notTold(error);
  }
}
