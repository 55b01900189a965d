/** A command of the team, on the server or on hosts, with the deployment's names in its environment. */
import { SERVER } from "../core/step.ts";
import { ask, outcomeOf } from "./ask.ts";
import { changed } from "./step.ts";
import type { StepContext, StepDefinition } from "./step.ts";

export const runHook: StepDefinition<"run-hook"> = {
  kind: "run-hook",
  title: ({ at, run }) => `run the hook ${at}: ${run[0]}`,

  async perform({ run, limitSeconds }, context) {
    const { host, log, signal, ports } = context;
    const variables = hookVariables(context);
    try {
      const code =
        host === SERVER
          ? await ports.programs.run(run, { variables, limitSeconds, signal, onOutput: log })
          : (
              await ask(context, {
                argv: ["env", ...Object.entries(variables).map(([name, value]) => `${name}=${value}`), ...run],
                limitSeconds,
                onOutput: (chunk, stream) => {
                  if (stream === "stdout") log(chunk);
                },
              })
            ).code;
      return code === 0 ? changed : { kind: "failed", message: `${run.join(" ")} ended with exit status ${code}` };
    } catch (error) {
      return outcomeOf(error, true);
    }
  },
};

function hookVariables({ deployment, target }: StepContext): Record<string, string> {
  return {
    SIGNALBOX_DEPLOYMENT: deployment.id,
    SIGNALBOX_SERVICE: target.service,
    SIGNALBOX_ENVIRONMENT: target.environment,
    SIGNALBOX_RELEASE: String(deployment.release?.number ?? ""),
    SIGNALBOX_REVISION: deployment.revision ?? "",
  };
}
