/** Directories with their owner and mode, and room for two more artifacts, before anything is uploaded. */
import { ask, helper, outcomeOf, refusal } from "./ask.ts";
import { changed, factsOf, unchanged } from "./step.ts";
import type { StepDefinition } from "./step.ts";

/** Left free on a host after an upload, beside twice the artifact. */
const reserveBytes = 64 * 1024 * 1024;
const reserveInodes = 1000;

export const prepareDirectories: StepDefinition<"prepare-directories"> = {
  kind: "prepare-directories",
  title: () => "prepare directories",

  async perform(_step, context) {
    const { deployment, target, host } = context;
    const facts = factsOf(context);
    const needed = 2 * (deployment.artifact?.bytes ?? 0) + reserveBytes;
    if (facts.freeBytes > 0 && facts.freeBytes < needed) {
      return {
        kind: "failed",
        message: `${host} has ${megabytes(facts.freeBytes)} MB free below ${target.root} and ${megabytes(needed)} MB are needed; free some, or lower keepReleases`,
      };
    }
    if (facts.freeInodes > 0 && facts.freeInodes < reserveInodes) {
      return {
        kind: "failed",
        message: `${host} has ${facts.freeInodes} inodes free below ${target.root} and ${reserveInodes} are needed`,
      };
    }
    if (facts.directoriesReady) return unchanged;
    try {
      const answer = await ask(context, { argv: helper("prepare", target.service), limitSeconds: 60 });
      if (answer.code !== 0) return { kind: "failed", message: refusal(answer) };
      context.log(answer.stdout);
      return changed;
    } catch (error) {
      return outcomeOf(error, false);
    }
  },
};

function megabytes(bytes: number): number {
  return Math.round(bytes / 1024 / 1024);
}
