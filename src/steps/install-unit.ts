/** Hands the release's settings to the helper, which checks and keeps them; the activation puts them in place. */
import { settingsDigest, unitDirectives, UnitValueError, variableLines } from "../core/unit-file.ts";
import type { Directive } from "../core/unit-file.ts";
import { pinsOfUnit } from "../core/secret.ts";
import { releaseId } from "../core/release.ts";
import { ask, helper, outcomeOf, refusal } from "./ask.ts";
import { bytesOf } from "./bytes-of.ts";
import { withSecrets } from "./secret-values.ts";
import { changed, factsOf, unchanged } from "./step.ts";
import type { StepContext, StepDefinition } from "./step.ts";

export const installUnit: StepDefinition<"install-unit"> = {
  kind: "install-unit",
  title: () => "install the unit",

  async perform(_step, context) {
    try {
      const { directives, variables, digest } = settingsFor(context);
      const release = releaseId(context.deployment.release!);
      if (factsOf(context).releases[release] === digest) return unchanged;
      const lines = variableLines(await withSecrets(variables, "environment", context));
      const answer = await ask(context, {
        argv: helper(
          "stage",
          context.target.service,
          release,
          digest,
          ...directives.flatMap(({ section, key, value }) => ["unit", `${section}.${key}=${value}`]),
          "stdin",
        ),
        // Not as arguments: those can be read by everybody on the host.
        stdin: bytesOf(lines),
        limitSeconds: 60,
      });
      return answer.code === 0 ? changed : { kind: "failed", message: `the unit was refused: ${refusal(answer)}` };
    } catch (error) {
      if (error instanceof UnitValueError) return { kind: "failed", message: error.message };
      return outcomeOf(error, false);
    }
  },
};

/**
 * The unit, the variables with their references, and what tells these settings from others: secrets count by their
 * versions, because a digest of values would let everybody try them who can read it.
 */
export function settingsFor(context: Pick<StepContext, "deployment" | "target" | "host">): {
  readonly directives: readonly Directive[];
  readonly variables: Readonly<Record<string, string>>;
  readonly digest: string;
} {
  const { deployment, target } = context;
  const directives = directivesFor(context);
  const pins = pinsOfUnit(target, deployment.rollout?.targets[0].secrets);
  const variables = {
    ...(target.port === undefined ? {} : { PORT: String(target.port) }),
    ...target.variables,
    SIGNALBOX_SERVICE: target.service,
    SIGNALBOX_ENVIRONMENT: target.environment,
    SIGNALBOX_RELEASE: String(deployment.release!.number),
  };
  return { directives, variables, digest: settingsDigest(directives, variables, pins) };
}

/** The unit as the host will have it; known before the release is. */
export function directivesFor({
  deployment,
  target,
  host,
}: Pick<StepContext, "deployment" | "target" | "host">): readonly Directive[] {
  const found = deployment.facts[host]?.exec;
  const first = target.unit.exec[0]!;
  const inRelease = first.includes("/") && !first.startsWith("/");
  if (!inRelease) return unitDirectives(target.unit, found || first);
  const inside = first.replace(/^\.\//, "");
  if (target.slots === undefined) return unitDirectives(target.unit, `${target.root}/slots/${target.slot}/${inside}`);
  // Both slots have the same settings, so the program is found from where the unit of a slot is started.
  const env = "/usr/bin/env";
  return unitDirectives({ ...target.unit, exec: [env, `./${inside}`, ...target.unit.exec.slice(1)] }, env);
}
