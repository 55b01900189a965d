/**
 * A command of the team, on the server or on hosts, with the deployment's names in its environment.
 *
 * On a host that has the release it runs in the release's directory.
 */
import { releaseId } from "../core/release.ts";
import { SERVER } from "../core/step.ts";
import { variableLines } from "../core/unit-file.ts";
import { CommandEnded } from "../ports/hosts.ts";
import { ask, outcomeOf, program } from "./ask.ts";
import { bytesOf } from "./bytes-of.ts";
import { withSecrets } from "./secret-values.ts";
import { changed } from "./step.ts";
import type { StepContext, StepDefinition } from "./step.ts";

/**
 * Standard input: variables, a line each; as arguments everybody on the host could read them. Arguments: a directory,
 * then what is run there, or where the login begins when there is no such directory.
 */
export const inDirectory = `
while IFS= read -r variable; do export "$variable"; done
exec </dev/null
cd -- "$1" 2>/dev/null; shift; exec "$@"
`;

/** Argument: the step's key. Ends what a hook left in a session of its own, out of reach of its process group. */
const endStrays = `
for _ in 1 2 3 4 5; do
  strays=$(grep -lzxFs "SIGNALBOX_STEP=$1" /proc/[0-9]*/environ | cut -d/ -f3)
  [ -n "$strays" ] || exit 0
  kill -s KILL $strays 2>/dev/null
  sleep 0.1 2>/dev/null || sleep 1
done
`;

export const runHook: StepDefinition<"run-hook"> = {
  kind: "run-hook",
  title: ({ at, run }) => `run the hook ${at}: ${run[0]}`,

  async perform({ at, run, variables: own = {}, limitSeconds }, context) {
    const { host, log, signal, ports } = context;
    try {
      const variables = {
        ...(await withSecrets(own, `hooks (${at}).environment`, context)),
        ...hookVariables(at, context),
      };
      const code =
        host === SERVER
          ? await ports.programs.run(run, { variables, limitSeconds, signal, onOutput: log })
          : await runOnHost(run, variables, limitSeconds, context);
      return code === 0
        ? changed
        : { kind: "failed", message: `the hook ${at}, ${run.join(" ")}, ended with exit status ${code}` };
    } catch (error) {
      return outcomeOf(error, true);
    }
  },
};

async function runOnHost(
  run: readonly string[],
  variables: Readonly<Record<string, string>>,
  limitSeconds: number,
  context: StepContext,
): Promise<number> {
  try {
    const { code } = await ask(context, {
      argv: program(inDirectory, releaseDirectory(context), ...run),
      stdin: bytesOf(variableLines(variables)),
      limitSeconds,
      // What it leaves behind with its output open must not get into the answers of the helper.
      channel: "bulk",
      onOutput: (chunk, stream) => {
        if (stream === "stdout") context.log(chunk);
      },
    });
    return code;
  } catch (error) {
    if (error instanceof CommandEnded) {
      await context.ports.hosts.run(context.host, { argv: program(endStrays, context.key), limitSeconds: 30 });
    }
    throw error;
  }
}

export function releaseDirectory({ deployment, target }: StepContext): string {
  const { release } = deployment;
  return release === undefined ? "" : `${target.root}/releases/${releaseId(release)}`;
}

export function hookVariables(at: string, { deployment, target, host, key }: StepContext): Record<string, string> {
  return {
    SIGNALBOX_STEP: key,
    SIGNALBOX_HOOK: at,
    SIGNALBOX_HOST: host === SERVER ? "" : host,
    SIGNALBOX_DEPLOYMENT: deployment.id,
    SIGNALBOX_SERVICE: target.service,
    SIGNALBOX_ENVIRONMENT: target.environment,
    SIGNALBOX_RELEASE: String(deployment.release?.number ?? ""),
    SIGNALBOX_REVISION: deployment.revision ?? "",
  };
}
