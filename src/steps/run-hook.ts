/**
 * A command of the team, on the server or on hosts, with the deployment's names in its environment.
 *
 * On a host that has the release it runs in the release's directory.
 */
import { releaseId } from "../core/release.ts";
import { SERVER } from "../core/step.ts";
import { ask, outcomeOf, program } from "./ask.ts";
import { changed } from "./step.ts";
import type { StepContext, StepDefinition } from "./step.ts";

/** Arguments: a directory, then what is run there, or where the login begins when there is no such directory. */
const inDirectory = `cd -- "$1" 2>/dev/null; shift; exec "$@"`;

export const runHook: StepDefinition<"run-hook"> = {
  kind: "run-hook",
  title: ({ at, run }) => `run the hook ${at}: ${run[0]}`,

  async perform({ at, run, limitSeconds }, context) {
    const { host, log, signal, ports } = context;
    const variables = hookVariables(at, context);
    try {
      const code =
        host === SERVER
          ? await ports.programs.run(run, { variables, limitSeconds, signal, onOutput: log })
          : (
              await ask(context, {
                argv: program(
                  inDirectory,
                  releaseDirectory(context),
                  "env",
                  ...Object.entries(variables).map(([name, value]) => `${name}=${value}`),
                  ...run,
                ),
                limitSeconds,
                onOutput: (chunk, stream) => {
                  if (stream === "stdout") log(chunk);
                },
              })
            ).code;
      return code === 0
        ? changed
        : { kind: "failed", message: `the hook ${at}, ${run.join(" ")}, ended with exit status ${code}` };
    } catch (error) {
      return outcomeOf(error, true);
    }
  },
};

function releaseDirectory({ deployment, target }: StepContext): string {
  const { release } = deployment;
  return release === undefined ? "" : `${target.root}/releases/${releaseId(release)}`;
}

function hookVariables(at: string, { deployment, target, host }: StepContext): Record<string, string> {
  return {
    SIGNALBOX_HOOK: at,
    SIGNALBOX_HOST: host === SERVER ? "" : host,
    SIGNALBOX_DEPLOYMENT: deployment.id,
    SIGNALBOX_SERVICE: target.service,
    SIGNALBOX_ENVIRONMENT: target.environment,
    SIGNALBOX_RELEASE: String(deployment.release?.number ?? ""),
    SIGNALBOX_REVISION: deployment.revision ?? "",
  };
}
