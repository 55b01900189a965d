/** The team's own command, asked every now and then what it thinks of the release. */
import type { Deployment } from "../core/deployment.ts";
import type { Target } from "../core/service.ts";
import type { Part } from "./witness-part.ts";
import type { World } from "./world.ts";

const shortestLimitSeconds = 10;

export function analysisCommand(
  { service, environment, analysis: { command } }: Target,
  deployment: Deployment,
  { programs }: World,
): readonly Part[] {
  if (command === undefined) return [];
  const { run, everySeconds } = command;
  const variables = {
    SIGNALBOX_DEPLOYMENT: deployment.id,
    SIGNALBOX_SERVICE: service,
    SIGNALBOX_ENVIRONMENT: environment,
    SIGNALBOX_RELEASE: String(deployment.release?.number ?? ""),
    SIGNALBOX_REVISION: deployment.revision ?? "",
  };
  let said: "good" | "bad" | undefined;
  const part: Part = {
    async look(signal) {
      const limitSeconds = Math.max(everySeconds, shortestLimitSeconds);
      const code = await programs.run(run, { variables, limitSeconds, signal, onOutput: () => {} });
      if (signal.aborted) return;
      // Once bad stays bad until it is written down.
      said = code === 0 ? (said ?? "good") : "bad";
    },
    pauseMilliseconds: () => everySeconds * 1000,
    isUrgent: () => said === "bad",
    take() {
      const seen = said === undefined ? {} : { command: said };
      said = undefined;
      return seen;
    },
  };
  return [part];
}
